"""Types as Hive and common databases spell them, taken apart: `array<struct<id:bigint,tags:map<string,string>>>`.

https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Types
"""

import re

from strabo.model.records import CanonicalType, Column

_WORDS: dict[str, CanonicalType] = {
    "boolean": "boolean", "bool": "boolean", "tinyint": "integer", "smallint": "integer", "int": "integer",
    "integer": "integer", "bigint": "integer", "byteint": "integer", "long": "integer", "short": "integer",
    "number": "decimal", "decimal": "decimal", "numeric": "decimal", "float": "float", "double": "float",
    "real": "float", "double precision": "float", "string": "text", "varchar": "text", "varchar2": "text",
    "nvarchar2": "text", "char": "text", "nchar": "text", "text": "text", "clob": "text", "binary": "binary",
    "bytes": "binary", "blob": "binary", "raw": "binary", "fixed": "binary", "varbyte": "binary", "date": "date",
    "time": "time", "timestamp": "timestamp", "datetime": "timestamp", "interval": "interval", "json": "json",
    "xml": "xml", "enum": "enum", "array": "array", "map": "map", "struct": "struct", "record": "struct",
    "uniontype": "union", "union": "union",
}  # fmt: skip
_TOKEN = re.compile(r"\s*(?:([<>,:])|`((?:[^`]|``)*)`|([^<>,:`(]+(?:\([^)]*\))?[^<>,:`]*))")
_DEEPEST = 100


class _Stuck(Exception):
    """The text is no type that this grammar knows."""


def column(name: str, type_: str) -> Column:
    """A column of a type: its small kind, and its fields where it is nested. What is not understood is `unknown`."""
    try:
        reader = _Reader(type_)
        made = reader.column(name, 0)
        reader.expect_end()
    except _Stuck:
        return Column(name=name, type=type_)
    return Column(name=name, type=type_, kind=made.kind, fields=made.fields)


def kind_of(word: str) -> CanonicalType:
    """The small kind of a plain type: `decimal(10,2)`, `TIMESTAMP WITH TIME ZONE`."""
    bare = word.partition("(")[0].strip().lower()
    return _WORDS.get(bare) or _WORDS.get(bare.partition(" ")[0], "unknown")


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []  # ("sign" or "word", text)
        self.at = 0
        end = 0
        while end < len(text.rstrip()):
            found = _TOKEN.match(text, end)
            if found is None or found.end() == end:
                raise _Stuck
            sign, quoted, word = found.groups()
            if sign:
                self.tokens.append(("sign", sign))
            else:
                self.tokens.append(("word", quoted.replace("``", "`") if quoted is not None else word.strip()))
            end = found.end()

    def column(self, name: str, depth: int) -> Column:
        if depth > _DEEPEST:
            raise _Stuck
        word = self.word()
        if not self.take("<"):
            return Column(name=name, type=word, kind=kind_of(word))
        fields: list[Column] = []
        while True:
            fields.append(self.field(word.lower(), len(fields), depth))
            if not self.take(","):
                break
        if not self.take(">"):
            raise _Stuck
        inner = ",".join(f"{f.name}:{f.type}" if word.lower() == "struct" else f.type for f in fields)
        return Column(name=name, type=f"{word}<{inner}>", kind=kind_of(word), fields=tuple(fields))

    def field(self, outer: str, index: int, depth: int) -> Column:
        if outer == "struct":
            name = self.word()
            if not self.take(":"):
                raise _Stuck
        elif outer == "array" and index == 0:
            name = "element"
        elif outer == "map" and index < 2:
            name = ("key", "value")[index]
        elif outer == "uniontype":
            name = str(index)
        else:
            raise _Stuck
        return self.column(name, depth + 1)

    def word(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "word":
            self.at += 1
            return self.tokens[self.at - 1][1]
        raise _Stuck

    def expect_end(self) -> None:
        if self.at != len(self.tokens):
            raise _Stuck

    def take(self, sign: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == ("sign", sign):
            self.at += 1
            return True
        return False
