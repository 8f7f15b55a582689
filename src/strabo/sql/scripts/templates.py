"""Jinja and dbt in SQL, made into something that parses: names for ref and source, blanks for control blocks.

Every character keeps its place. `{{ … }}` becomes a word of the same length, which the tokens turn back into what was
written; what such a word stands for is decided by where it stands (`settled`).
"""

import re
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.result import Unknown
from strabo.sql.text import place

_PART = re.compile(
    r"\{\#.*?\#\}|\{%[-+]?\s*(?P<tag>\w+)?(?P<rest>.*?)[-+]?%\}|\{\{[-+]?(?P<value>.*?)[-+]?\}\}", re.DOTALL
)
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

    def __init__(self, at: int, written: str, name: tuple[str, ...], *, silent: bool) -> None:
        self.at = at
        self.written = written
        self.name = name  # of the table that it is; empty where that is not known
        self.silent = silent  # it puts no text there


class Template:
    def __init__(self, text: str, words: dict[str, Word], unknown: list[Unknown], *, chosen: bool) -> None:
        self.text = text
        self.words = words
        self.unknown = unknown
        self.chosen = chosen  # whether it has other branches than those that are in the text


def is_template(text: str) -> bool:
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def variants(text: str) -> list[Template]:
    """The text with all branches in it; where there are several, the same with the first, and with the last."""
    whole = _filled(text, None)
    return [whole, _filled(text, 0), _filled(text, -1)] if whole.chosen else [whole]


def _filled(text: str, branch: int | None) -> Template:
    parts: list[str] = []
    words: dict[str, Word] = {}
    unknown: list[Unknown] = []
    known: dict[str, str] = {}
    stack: list[_Block] = []
    several = False
    end = 0
    for found in _PART.finditer(text):
        kept = not any(block.hides for block in stack)
        between = text[end : found.start()]
        parts.append(between if kept else _blank(between))
        end = found.end()
        tag, value = found["tag"], found["value"]
        if value is not None and kept:
            word = _word(found, value, known)
            mark = f"_j{len(words)}_"
            fits = mark.ljust(len(found.group()), "_")
            if len(fits) > len(found.group()) or word.silent:
                fits = _blank(found.group())
            else:
                words[mark] = word
            parts.append(fits)
            continue
        parts.append(_blank(found.group()))
        if tag is None:
            continue
        if tag == "set" and (constant := _SET.match(found["rest"])):
            known[constant[1]] = constant[2] if constant[2] is not None else constant[3]
        elif tag in {"if", "for", "macro", "docs", "test", "materialization"} or (
            tag == "set" and "=" not in found["rest"]
        ):
            hides = tag in _HIDDEN or (tag == "if" and re.search(r"\bnot\s+loop\.last\b", found["rest"]) is not None)
            stack.append(_Block(tag, always=hides))
            if tag == "for" and not any(block.hides for block in stack):
                unknown.append(Unknown("what a loop of the template repeats is read once", *place(text, found.start())))
        elif tag in {"else", "elif"} and stack and stack[-1].tag == "if":
            several = True
            stack[-1].take(branch, last=_is_last(text, found.end()))
            if branch is not None and not any(block.always for block in stack):
                reason = "only one branch of the template is read"
                unknown.append(Unknown(reason, *place(text, found.start())))
        elif tag == "else" and stack:
            stack[-1].always = True  # of a for: what stands there if there is nothing
        elif tag.startswith("end") and stack and stack[-1].tag == tag[3:]:
            stack.pop()
        if tag == "if" and branch == -1 and stack and not _is_last(text, found.end()):
            stack[-1].now_hidden = True
    rest = text[end:]
    parts.append(rest if not any(block.hides for block in stack) else _blank(rest))
    return Template("".join(parts), words, unknown, chosen=several)


class _Block:
    def __init__(self, tag: str, *, always: bool) -> None:
        self.tag = tag
        self.always = always
        self.now_hidden = False

    @property
    def hides(self) -> bool:
        return self.always or self.now_hidden

    def take(self, branch: int | None, *, last: bool) -> None:
        """Goes on to the next branch."""
        if branch == 0:
            self.now_hidden = True
        elif branch == -1:
            self.now_hidden = not last


def _is_last(text: str, at: int) -> bool:
    """Whether the branch that begins here is its block's last."""
    depth = 0
    for found in _PART.finditer(text, at):
        tag = found["tag"]
        if tag in {"if", "for"}:
            depth += 1
        elif tag in {"endif", "endfor"}:
            if not depth:
                return True
            depth -= 1
        elif tag in {"else", "elif"} and not depth:
            return False
    return True


def _word(found: re.Match[str], value: str, known: dict[str, str]) -> Word:
    at, written = found.start(), " ".join(found.group().split())
    named = _REF.match(value)
    if named:
        strings = [s for s in named.groups() if s is not None]
        return Word(at, written, (strings[-1],), silent=False)
    named = _SOURCE.match(value)
    if named:
        return Word(at, written, tuple(s for s in named.groups() if s is not None), silent=False)
    constant = _LITERAL.match(value)
    text = known.get(value.strip()) if constant is None else constant[1] if constant[1] is not None else constant[2]
    if text is not None and re.fullmatch(r"[\w.]+", text):
        return Word(at, written, tuple(text.split(".")), silent=False)
    return Word(at, written, (), silent=_SILENT.match(value) is not None)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


_MARK = re.compile(r"_j\d+_")
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
        mark = _MARK.search(token.text) if "_j" in token.text else None
        word = template.words.get(mark.group()) if mark else None
        if word is None or mark is None:
            done.append(token)
            continue
        alone = token.text.startswith(mark.group()) and not token.text[len(mark.group()) :].strip("_")
        before = done[-1] if done else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.token_type not in (TokenType.VAR, TokenType.IDENTIFIER) or not alone:
            restored = _restored(token.text, template)
            done.append(_like(token, token.token_type, restored))
            if token.token_type == TokenType.VAR:
                done[-1] = _like(token, TokenType.IDENTIFIER, restored)
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, word.at)))
        elif word.name:
            for number, part in enumerate(word.name):
                if number:
                    done.append(_like(token, TokenType.DOT, "."))
                done.append(_like(token, TokenType.VAR if part.isidentifier() else TokenType.IDENTIFIER, part))
        elif before is None or before.token_type == TokenType.SEMICOLON:
            unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, word.at)))
        elif _names(before, after):
            done.append(_like(token, TokenType.IDENTIFIER, word.written))
            if word.written.strip("{}- ") != "this":
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, word.at)))
        else:
            done.append(_like(token, TokenType.NULL, "NULL"))
            if before.token_type not in _VALUES:
                unknown.append(Unknown(f"what {word.written} stands for is not known", *place(text, word.at)))
    return done


def _names(before: Token, after: Token | None) -> bool:
    """Whether a name stands there, not a value."""
    dots = before.token_type == TokenType.DOT or (after is not None and after.token_type == TokenType.DOT)
    return dots or before.text.upper() in _TABLES or before.token_type == TokenType.ALIAS


def _restored(text: str, template: Template) -> str:
    def of(found: re.Match[str]) -> str:
        word = template.words.get(found[1])
        return found[0] if word is None else word.written

    return re.sub(r"(_j\d+_)_*", of, text)


def _like(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end, [])
