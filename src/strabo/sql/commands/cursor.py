"""Tokens that are read one after the other, and what is asked of a run of them."""

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.dialects import facts
from strabo.sql.idioms.tokens import COMMA, DOT, L, R
from strabo.sql.names import Parts, TableName


class Cursor:
    """Tokens that are read one after the other."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def word(self) -> str:
        """The word that is next, in capitals; "" at the end and for what is quoted."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        return "" if quoted else token.text.upper()

    def take(self, *words: str) -> bool:
        """Whether these words are next; if so they are behind."""
        start = self.at
        for word in words:
            if self.word != word:
                self.at = start
                return False
            self.at += 1
        return True

    def any_of(self, *words: str) -> bool:
        return any(self.take(word) for word in words)

    def is_next(self, kind: TokenType) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].token_type == kind

    def string(self) -> str | None:
        if self.is_next(TokenType.STRING):
            self.at += 1
            return str(self.tokens[self.at - 1].text)
        return None

    def name(self) -> TableName | None:
        """A name of one or more parts."""
        parts: list[str] = []
        quoted: list[bool] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.token_type in (L, R, COMMA, DOT, TokenType.STRING) or not token.text:
                break
            parts.append(token.text)
            quoted.append(token.token_type == TokenType.IDENTIFIER)
            self.at += 1
            if not self.is_next(DOT):
                break
            self.at += 1
        return TableName(tuple(parts), tuple(quoted)) if parts else None

    def brackets(self) -> list[Token] | None:
        """What is within the brackets that are next."""
        if not self.is_next(L):
            return None
        depth, start = 0, self.at
        while self.at < len(self.tokens):
            kind = self.tokens[self.at].token_type
            depth += (kind == L) - (kind == R)
            self.at += 1
            if not depth:
                return self.tokens[start + 1 : self.at - 1]
        return None

    @property
    def rest(self) -> list[Token]:
        return self.tokens[self.at :]


def parts(tokens: list[Token]) -> list[list[Token]]:
    """What is between commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.token_type == L) - (token.token_type == R)
        if token.token_type == COMMA and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def all_top_words(tokens: list[Token]) -> list[tuple[str, int]]:
    """The words outside of brackets and of CASE, with their places."""
    found: list[tuple[str, int]] = []
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.token_type in (L, TokenType.CASE)) - (token.token_type in (R, TokenType.END))
        if not depth and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            found.append((token.text.upper(), at))
    return found


def top_words(tokens: list[Token]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, at in all_top_words(tokens):
        found.setdefault(word, at)
    return found


def stored(name: TableName, dialect: str) -> Parts:
    """The parts of a name that is no table's as the dialect stores them."""
    return name.spelled(facts(dialect).case)
