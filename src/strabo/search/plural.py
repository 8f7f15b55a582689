"""English singulars and plurals, so that `order` finds orders and `orders` finds order.

The index keeps words as they are written: then typing the beginning of any word finds it, a suggested correction is
a real word, and an exact spelling can rank first. It is the question that asks for both forms.
"""

from functools import lru_cache

_ODD = {"person": "people", "index": "indices", "child": "children", "analysis": "analyses", "criterion": "criteria"}
_ODD_BACK = {plural: singular for singular, plural in _ODD.items()}
_TAKES_ES = ("ss", "us", "is", "as", "x", "z", "ch", "sh", "o")


@lru_cache(maxsize=1 << 14)
def forms(word: str) -> tuple[str, ...]:
    """The word itself first, then its plurals and its singulars. If b is a form of a, then a is a form of b."""
    others = [*_plurals(word), *_singulars(word)]
    return tuple(dict.fromkeys([word, *others]))


def _plurals(word: str) -> list[str]:
    if len(word) < 2 or not (word.isascii() and word.isalpha()):
        return []
    found = [_ODD[word]] if word in _ODD else []
    if word.endswith("y") and word[-2] not in "aeiou":
        found.append(word[:-1] + "ies")
    elif word.endswith(_TAKES_ES):
        found.append(word + "es")
        if word.endswith("o"):
            found.append(word + "s")
    elif not word.endswith("s"):
        found.append(word + "s")
    return found


def _singulars(word: str) -> list[str]:
    if not word.endswith("s"):
        return [_ODD_BACK[word]] if word in _ODD_BACK else []
    guesses = [word[:-1], word[:-2], word[:-3] + "y", _ODD_BACK.get(word, "")]
    return [guess for guess in guesses if word in _plurals(guess)]
