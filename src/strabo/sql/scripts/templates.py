"""Jinja and dbt in SQL, and `${…}`, made into something that parses: names for ref and source, blanks for blocks.

Every character keeps its place. `{{ … }}` becomes a word of the same length, which the tokens turn back into what was
written; what such a word stands for is decided by where it stands (`settled`).
"""

import re
from collections.abc import Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.result import Unknown
from strabo.sql.text import place

_STRINGS = r"""\s*(?:'([^']*)'|"([^"]*)")\s*"""
_REF = re.compile(rf"\s*(?:builtin\s*\.\s*)?ref\s*\(\s*{_STRINGS}(?:,{_STRINGS})?(?:,[^()]*)?\)\s*\Z")
_SOURCE = re.compile(rf"\s*(?:builtin\s*\.\s*)?source\s*\({_STRINGS},{_STRINGS}\)\s*\Z")
_SILENT = re.compile(
    r"\s*(?:config|log|print|set_sql_header|exceptions\.\w+|do)\s*\(|.*\bloop\.(?:last|first)\b", re.DOTALL
)
_LITERAL = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\")\s*\Z")
_SET = re.compile(r"\s*(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\")\s*\Z")
_HIDDEN = frozenset({"macro", "set", "docs", "test", "materialization"})  # blocks whose text is no statement here


class Word:
    """What stands for one `{{ … }}`."""

    def __init__(self, written: str, name: tuple[str, ...], *, silent: bool) -> None:
        self.written = written
        self.name = name  # of the table that it is; empty where that is not known
        self.silent = silent  # it puts no text there
        self.width = 0  # of what stands for it in the template's text


class Template:
    """prefix: what the words begin with, which the text has nowhere else."""

    def __init__(self, text: str, words: dict[str, Word], unknown: list[Unknown], prefix: str, *, chosen: bool) -> None:
        self.text = text
        self.mark = re.compile(rf"{prefix}[0-9a-z]+_")
        self.words = words
        self.unknown = unknown
        self.chosen = chosen  # whether it has other branches than those that are in the text


def is_template(text: str) -> bool:
    if "{" in text and ("{{" in text or "{%" in text or "{#" in text or "${" in text):
        return True
    return "$(" in text


def variants(text: str) -> list[Template]:
    """The text with all branches in it; where there are several, the same with each a statement, and with one only."""
    parts = list(_parts(text))
    whole = _filled(text, parts, "all")
    if not whole.chosen:
        return [whole]
    apart = [_filled(text, parts, "apart")] if any(part.alone for part in parts) else []
    return [*apart, whole, _filled(text, parts, "first"), _filled(text, parts, "last")]


class _Part:
    """One `{{ … }}`, `{% … %}` or `{# … #}`; or `${…}` or `$(…)`.

    last: whether the branch that it begins is its block's last. alone: whether no statement goes on behind its block.
    """

    __slots__ = ("alone", "end", "last", "rest", "start", "tag", "value")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.start, self.end, self.last, self.alone = start, end, False, False
        self.tag = self.rest = ""
        self.value: str | None = None
        if text[start] == "$":
            self.value = text[start + 2 : end - 1]
            return
        inside = text[start + 2 : end - 2].removeprefix("-").removeprefix("+").removesuffix("-").removesuffix("+")
        if text[start + 1] == "{":
            self.value = inside
        elif text[start + 1] == "%":
            words = inside.split(None, 1)
            self.tag, self.rest = (*words, "")[:2] if words else ("", "")


_OPEN = re.compile(r"\{|\$\{[\w:.-]+\}|\$\(\w+\)")
_CLOSED = {"{": "}}", "%": "%}", "#": "#}"}


def _parts(text: str) -> Iterator[_Part]:
    """In their order. What is not closed is no part."""
    branches: list[_Part | None] = []  # of the blocks that are open, the branch that is under way
    blocks: list[_Part] = []
    never: set[str] = set()  # kinds that nothing closes from here on
    at = 0
    while (opened := _OPEN.search(text, at)) is not None:
        start = opened.start()
        if text[start] == "$":
            at = opened.end()
            yield _Part(text, start, at)
            continue
        closing = _CLOSED.get(text[start + 1 : start + 2])
        end = -1 if closing is None or closing in never else text.find(closing, start + 2)
        if end < 0:
            if closing is not None:
                never.add(closing)
            at = start + 1
            continue
        part = _Part(text, start, end + 2)
        at = part.end
        if part.tag in {"if", "for"}:
            branches.append(part if part.tag == "if" else None)
            blocks.append(part)
        elif part.tag in {"else", "elif"} and branches and branches[-1] is not None:
            branches[-1] = part
        elif part.tag in {"endif", "endfor"} and branches:
            ended, block = branches.pop(), blocks.pop()
            if ended is not None:
                ended.last = True
                block.alone = _ends(text, part)
        yield part


_BEHIND = re.compile(r"\s*(;|\Z|\{%)")


def _ends(text: str, part: _Part) -> bool:
    """Whether a statement ends before a part, or right behind it."""
    at = part.start
    while at and text[at - 1].isspace():
        at -= 1
    return text[at - 1 : at] == ";" or _BEHIND.match(text, part.end) is not None


def _filled(text: str, parts: list[_Part], which: str) -> Template:
    """which: "all" branches of every block in one; "apart", each a statement; only the "first", or the "last"."""
    done: list[str] = []
    words: dict[str, Word] = {}
    unknown: list[Unknown] = []
    known = _set_before(text)
    marks: dict[str, str] = {}
    prefix = next((f"_{letter}" for letter in "jkqzxvwyu" if f"_{letter}" not in text), "_j")
    stack = _Blocks()
    several = False
    fresh = True  # whether a statement begins here
    end = 0
    for part in parts:
        kept = not stack.hiding
        between = text[end : part.start]
        done.append(between if kept else _blank(between))
        if kept and (said := _COMMENT.sub("", between).rstrip()):
            fresh = said.endswith(";")
        end = part.end
        tag, value, written = part.tag, part.value, text[part.start : part.end]
        if value is not None and kept:
            word = _word(written, value, known)
            mark = marks.setdefault(written, f"{prefix}{_short(len(marks))}_")
            fits = mark.ljust(len(written), "_")
            if len(fits) > len(written) and not word.silent:
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, part.start)))
            if len(fits) > len(written) or word.silent:
                fits = _blank(written)
            else:
                words[mark] = word
                word.width = len(written)
                fresh = False
            done.append(fits)
            continue
        blank = _blank(written)
        if which == "apart" and stack and stack[-1].apart and tag in {"else", "elif", "endif"}:
            blank = ";" + blank[1:]
            fresh = True
        done.append(blank)
        if tag == "set" and (constant := _SET.match(part.rest)):
            known[constant[1]] = constant[2] if constant[2] is not None else constant[3]
        elif tag in _OPENING or (tag == "set" and "=" not in part.rest):
            hides = tag in _HIDDEN or (tag == "if" and re.search(r"\bnot\s+loop\.last\b", part.rest) is not None)
            stack.push(_Block(tag, always=hides, apart=fresh and part.alone))
            if tag == "if" and which == "last" and not part.last:
                stack.change(now_hidden=True)
            if tag == "for" and not stack.hiding:
                unknown.append(Unknown("what a loop of the template repeats is read once", *place(text, part.start)))
        elif tag in {"else", "elif"} and stack and stack[-1].tag == "if":
            several = True
            block = stack[-1]
            if which in {"first", "last"}:
                stack.change(now_hidden=which == "first" or not part.last)
            one = which in {"first", "last"} or (which == "apart" and not block.apart)
            if one and not stack.never:
                unknown.append(Unknown("only one branch of the template is read", *place(text, part.start)))
        elif tag == "else" and stack:
            stack.change(always=True)  # of a for: what stands there if there is nothing
        elif tag.startswith("end") and stack and stack[-1].tag == tag[3:]:
            stack.pull()
    rest = text[end:]
    done.append(_blank(rest) if stack.hiding else rest)
    return Template("".join(done), words, unknown, prefix, chosen=several)


_SET_BEFORE = re.compile(
    r"^[ \t]*(?::setvar[ \t]+(\w+)[ \t]+\"?([^\"\n]*?)\"?[ \t]*$"
    r"|set[ \t]+(hivevar:|hiveconf:)?([\w.]+)[ \t]*=[ \t]*([^;\n]*?)[ \t]*(?:;|$))",
    re.IGNORECASE | re.MULTILINE,
)


def _set_before(text: str) -> dict[str, str]:
    """Variables of sqlcmd and Hive, as they are written where they are used."""
    known: dict[str, str] = {}
    if "${" not in text and "$(" not in text:
        return known
    for name, value, prefix, other, given in _SET_BEFORE.findall(text):
        if name:
            known[name] = value
            continue
        known[f"{prefix or 'hiveconf:'}{other}"] = given
        if prefix:
            known[other] = given
    return known


def _short(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


_OPENING = frozenset({"if", "for", "macro", "docs", "test", "materialization"})


_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


class _Block:
    """always: nothing in it is a statement here. apart: its branches begin where statements do."""

    def __init__(self, tag: str, *, always: bool, apart: bool) -> None:
        self.tag = tag
        self.always = always
        self.apart = apart
        self.now_hidden = False


class _Blocks(list[_Block]):
    """The blocks that are open; of how many all is hidden, and of how many nothing is ever a statement."""

    def __init__(self) -> None:
        self.hiding = self.never = 0

    def push(self, block: _Block) -> None:
        self.append(block)
        self._count(block, 1)

    def pull(self) -> None:
        self._count(self.pop(), -1)

    def change(self, *, now_hidden: bool = False, always: bool = False) -> None:
        """Of the innermost: whether the branch that begins is hidden, or all that is left of it."""
        block = self[-1]
        self._count(block, -1)
        block.now_hidden = now_hidden
        block.always = block.always or always
        self._count(block, 1)

    def _count(self, block: _Block, by: int) -> None:
        self.hiding += by if block.always or block.now_hidden else 0
        self.never += by if block.always else 0


def _word(written: str, value: str, known: dict[str, str]) -> Word:
    written = " ".join(written.split())
    named = _REF.match(value)
    if named:
        strings = [s for s in named.groups() if s is not None]
        return Word(written, (strings[-1],), silent=False)
    named = _SOURCE.match(value)
    if named:
        return Word(written, tuple(s for s in named.groups() if s is not None), silent=False)
    constant = _LITERAL.match(value)
    text = known.get(value.strip()) if constant is None else constant[1] if constant[1] is not None else constant[2]
    if text is not None and re.fullmatch(r"[\w.]+", text):
        return Word(written, tuple(text.split(".")), silent=False)
    return Word(written, (), silent=_SILENT.match(value) is not None)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


_TABLES = frozenset(
    {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "USING", "EXISTS", "OVERWRITE", "MERGE", "TRUNCATE"}
)
_VALUES = frozenset({
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.LIKE,
    TokenType.ILIKE, TokenType.BETWEEN, TokenType.LIMIT, TokenType.OFFSET, TokenType.INTERVAL, TokenType.L_PAREN,
    TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.IN,
})  # fmt: skip


def settled(tokens: Sequence[Token], template: Template, text: str, unknown: list[Unknown]) -> list[Token]:
    """The tokens with names, literals or nothing in the place of the words; says what is not known where it matters."""
    done: list[Token] = []
    for at, token in enumerate(tokens):
        mark = template.mark.search(token.text) if "_" in token.text else None
        word = template.words.get(mark.group()) if mark else None
        if word is None or mark is None:
            done.append(token)
            continue
        start = max(token.start, template.text.find(mark.group(), token.start))
        alone = token.text.startswith(mark.group()) and not token.text[len(mark.group()) :].strip("_")
        before = done[-1] if done else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.token_type not in (TokenType.VAR, TokenType.IDENTIFIER) or not alone:
            restored = _restored(token.text, template)
            done.append(_like(token, token.token_type, restored))
            if token.token_type == TokenType.VAR:
                done[-1] = _like(token, TokenType.IDENTIFIER, restored)
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, start)))
        elif word.name:
            for number, part in enumerate(word.name):
                if number:
                    done.append(_like(token, TokenType.DOT, "."))
                done.append(_like(token, TokenType.VAR if part.isidentifier() else TokenType.IDENTIFIER, part))
        elif before is None or before.token_type == TokenType.SEMICOLON:
            unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, start)))
        elif _names(before, after):
            done.append(_like(token, TokenType.IDENTIFIER, word.written))
            if word.written.strip("{}- ") != "this":
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, start)))
        else:
            done.append(_like(token, TokenType.NULL, "NULL"))
            if before.token_type not in _VALUES:
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, start)))
    return done


def _names(before: Token, after: Token | None) -> bool:
    """Whether a name stands there, not a value."""
    dots = before.token_type == TokenType.DOT or (after is not None and after.token_type == TokenType.DOT)
    return dots or before.text.upper() in _TABLES or before.token_type == TokenType.ALIAS


def _restored(text: str, template: Template) -> str:
    def of(found: re.Match[str]) -> str:
        word = template.words.get(found[1])
        if word is None:
            return found[0]
        own = len(found[0]) - max(word.width, len(found[1]))  # `_total` behind it begins with one of its own
        return word.written + "_" * max(0, own)

    return re.sub(rf"({template.mark.pattern})_*", of, text)


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end, [])
