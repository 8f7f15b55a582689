r"""Lines of a script that its client keeps for itself: GO, DELIMITER, SPOOL, .LOGON, \set and the like.

They are blanked, character by character, so that everything else keeps its line and column. What a line would have
brought in (a file, a command of the system) is told as unknown.
"""

import re
from functools import cache

from strabo.sql.result import Unknown
from strabo.sql.text import place

_LONGEST_LINE = 1_000  # characters; a longer one is no command of a client

# What may hide a line's beginning from a client: comments and quotes that go on over several lines.
# What nobody closes goes on to the end, for whoever reads it too.
_COMMENTS = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_QUOTES = r"'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)"
_SKIP = {
    "tsql": rf"{_COMMENTS}|{_QUOTES}|\[[^\]\n]*\]",
    "mysql": r"(?P<open>/\*M?!\d{0,6}(?=\s*(?:create|definer|view|trigger|event|procedure|function|insert|select"
             r"|replace|update|delete)\b))|(?P<shut>\*/)|--[ \t][^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z)"
             r"|'(?:[^'\\]|\\.)*(?:'|\Z)|\"(?:[^\"\\]|\\.)*(?:\"|\Z)|`[^`]*(?:`|\Z)",
    "oracle": rf"{_COMMENTS}|(?<!\w)[qQ]'(?:\[.*?(?:\]'|\Z)|\{{.*?(?:\}}'|\Z)|\(.*?(?:\)'|\Z)|<.*?(?:>'|\Z)"
              rf"|(?P<q>\S).*?(?:(?P=q)'|\Z))|{_QUOTES}",
    "teradata": rf"{_COMMENTS}|{_QUOTES}",
    "postgres": rf"(?P<sent>\\(?:g(?:x|set|exec|desc)?|watch|crosstabview)\b[^\n]*)|{_COMMENTS}"
                rf"|\$(?P<t>(?:[a-z_]\w*)?)\$.*?(?:\$(?P=t)\$|\Z)|{_QUOTES}",
    "sqlite": rf"{_COMMENTS}|{_QUOTES}",
    "snowflake": rf"{_COMMENTS}|\$\$.*?(?:\$\$|\Z)|{_QUOTES}",
    "hive": rf"{_COMMENTS}|{_QUOTES}",
    "db2": rf"--(?!\#set[ \t]+terminator\b)[^\n]*|/\*.*?(?:\*/|\Z)|{_QUOTES}",
}  # fmt: skip
_KIN = {
    "fabric": "tsql", "singlestore": "mysql", "doris": "mysql", "starrocks": "mysql", "redshift": "postgres",
    "vertica": "postgres", "materialize": "postgres", "risingwave": "postgres", "duckdb": "sqlite",
    "spark": "hive", "databricks": "hive", "spark2": "hive",
}  # fmt: skip

_ORACLE_WORDS = (
    "acc(?:ept)?|archive|bre(?:ak)?|bti(?:tle)?|cl(?:ear)?|col(?:umn)?|comp(?:ute)?|conn(?:ect)?|def(?:ine)?|disc|edit|"
    "exit|help|host|ho|pau(?:se)?|print|pro(?:mpt)?|quit|rem(?:ark)?|repf(?:ooter)?|reph(?:eader)?|rem|run|sho(?:w)?|"
    "spo(?:ol)?|sta(?:rt)?|timi(?:ng)?|tti(?:tle)?|undef(?:ine)?|var(?:iable)?|whenever"
)
_ORACLE_SETTINGS = (
    "appi\\w*|arraysize|auto\\w*|blo\\w*|cmds\\w*|colsep|con(?:cat)?|copyc\\w*|def(?:ine)?|desc\\w*|echo|edit\\w*|"
    "emb\\w*|esc\\w*|feed\\w*|flag\\w*|flu\\w*|hea\\w*|inst\\w*|lin\\w*|lobof\\w*|log\\w*|long\\w*|mark\\w*|newp\\w*|"
    "null|num\\w*|pages\\w*|pau\\w*|serverout\\w*|shift\\w*|show\\w*|sqlb\\w*|sqlc\\w*|sqln\\w*|sqlp\\w*|sqlt\\w*|"
    "suf\\w*|tab|term\\w*|timi?\\w*|trim\\w*|trims\\w*|und\\w*|ver\\w*|wra\\w*|xmlopt\\w*"
)

_LINES = {
    "tsql": r"(?P<go>go(?:[ \t]+(?P<count>\d+))?[ \t]*;?[ \t]*(?:--[^\n]*)?$)|(?P<file>:r[ \t]+(?P<path>[^\n]+))"
            r"|(?P<none>:[a-z!][^\n]*|!!)",
    "mysql": r"(?P<delimiter>delimiter[ \t]+(?P<mark>\S+)[^\n]*)|(?P<file>(?:source|\\\.)[ \t]+(?P<path>[^\n;]+);?)"
             r"|(?P<none>\\[a-z][^\n]*)",
    "oracle": r"(?P<go>/[ \t]*$)|(?P<call>exec(?:ute)?(?=[ \t]+(?!immediate\b)\w)[^\n]*)|(?P<block>(?:begin|declare)\b"
              r"|create(?:\s+\w+){0,4}?\s+(?:procedure|function|package|trigger)\b)"
              r"|(?P<file>@@?[ \t]*(?P<path>[^\s;]+)[^\n]*|sta(?:rt)?[ \t]+(?P<path2>[^\s;=]+)[^\n]*)"
              r"|(?P<define>def(?:ine)?[ \t]+(?P<name>\w+)[ \t]*=[ \t]*(?P<value>[^\n]*))"
              rf"|(?P<none>(?:{_ORACLE_WORDS})(?![\w.$#]|[ \t]*(?::=|\.|\())[^\n]*"
              rf"|set[ \t]+(?:{_ORACLE_SETTINGS})\b[^\n]*)",
    "teradata": r"(?P<file>\.run[ \t]+file[ \t]*=?[ \t]*(?P<path>[^\s;]+)[^\n]*)|(?P<none>\.[a-z][^\n]*|=\d*[ \t]*;?$)",
    "postgres": r"(?P<file>\\ir?[ \t]+(?P<path>[^\n]+))|(?P<copy>\\copy\b[^\n]*)"
                r"|(?P<define>\\set[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\n]*))|(?P<none>\\[a-z!?][^\n]*)",
    "snowflake": r"(?P<define>!define[ \t]+(?P<name>\w+)[ \t]*=[ \t]*(?P<value>[^\n]*))"
                 r"|(?P<file>!(?:source|load)[ \t]+(?P<path>[^\n;]+);?)|(?P<none>![a-z][^\n]*)",
    "hive": r"(?P<file>source[ \t]+(?P<path>[^\n;]+);)"
            r"|(?P<none>![a-z][^\n]*|(?:dfs|add[ \t]+(?:jar|file|archive)s?)\b[^\n]*)",
    "db2": r"(?P<delimiter>--\#set[ \t]+terminator[ \t]+(?P<mark>\S+)[^\n]*)",
    "sqlite": r"(?P<file>\.(?:read|import)[ \t]+(?P<path>[^\n]+))|(?P<none>\.[a-z][^\n]*)",
}  # fmt: skip

# What a text must hold (in small letters) for any of this to be worth a look.
_HINTS = {
    "tsql": ("go", ":r", ":s", ":o"), "mysql": ("delimiter", "source", "\\", "/*!", "/*m!"), "oracle": ("",),
    "teradata": (".", "\n="), "postgres": ("\\",), "sqlite": (".",), "snowflake": ("!",),
    "hive": ("!", "source", "dfs", "add"), "db2": ("terminator",),
}  # fmt: skip


class Prepared:
    """A text of the same length that is all SQL.

    `cuts`: offsets where a batch ends; `times`: how often the batch before an offset runs; `defined`: variables of the
    client, by their names in small letters; `unknown`: what lines would have brought in.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.cuts: list[int] = []
        self.times: dict[int, int] = {}
        self.defined: dict[str, str] = {}
        self.unknown: list[Unknown] = []


@cache  # each when it is first asked for: all of them take longer than a short text
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_SKIP[kind]})|^[ \t]*(?:{_LINES[kind]})", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def prepared(text: str, dialect: str) -> Prepared:
    """The text without the lines that are its client's."""
    done = Prepared(text)
    kind = _KIN.get(dialect, dialect)
    if kind not in _SKIP:
        return done
    low = text.lower()
    if not any(hint in low for hint in _HINTS[kind]):
        return done
    parts: list[str] = []
    end = 0
    mark = ""  # what DELIMITER has made of the semicolon
    block = False  # of PL/SQL
    opened = 0  # MySQL's comments that are none
    at = 0
    pattern = _pattern(kind)
    while (found := (pattern if not mark else _marked(kind, mark)).search(text, at)) is not None:
        at = max(found.end(), found.start() + 1)
        groups = found.groupdict()
        start = found.start()
        if mark and groups.get("over"):
            parts += [text[end:start], ";" + " " * (len(mark) - 1)]
            done.cuts.append(start)
            end = found.end()
            continue
        named = next((name for name in _KINDS if groups.get(name)), None)
        if named is None or found.end() - start > _LONGEST_LINE:
            continue
        if kind == "oracle" and named != "go" and (block or not _fresh(text, start)):
            at = start + len(found.group()) - len(found.group().lstrip()) + 1
            continue
        if named == "block":  # nothing in it is the client's, up to its slash
            block = True
            continue
        line = found.group()
        replaced = re.sub(r"[^\n]", " ", line)
        if named == "call":  # a statement of its own, without a mark at its end
            word = re.match(r"\s*(exec(?:ute)?)", line, re.IGNORECASE)
            assert word is not None  # noqa: S101  (the pattern begins so)
            replaced = line[: word.start(1)] + "CALL".ljust(word.end(1) - word.start(1)) + line[word.end(1) :]
            done.cuts += [start, found.end()]
        elif named == "shut" and not opened:
            continue
        elif named in {"open", "shut"}:
            opened += 1 if named == "open" else -1
        elif named == "copy":  # COPY, whose file is the client's
            replaced = line.replace("\\", " ", 1)
            done.cuts += [start, found.end()]
        elif named == "sent":  # what stands before it is a statement
            replaced = ";" + replaced[1:]
            if line.lower().startswith("\\gexec"):
                done.unknown.append(Unknown("what \\gexec runs is not known", *place(text, start)))
        elif named == "go" and line.strip():
            block = False
            where = start + len(line) - len(line.lstrip())
            replaced = " " * (where - start) + ";" + " " * (len(line) - (where - start) - 1)
            done.cuts.append(where)
            if groups.get("count"):
                done.times[where] = int(groups["count"][:9])
        elif named == "delimiter":
            mark = "" if groups["mark"] == ";" else groups["mark"]
        elif named == "define":
            done.defined[groups["name"].lower()] = _unquoted(groups["value"])
        elif named == "file":
            path = (groups.get("path") or groups.get("path2") or "").strip()
            done.unknown.append(
                Unknown(
                    f"what the file {path} holds is not known", *place(text, start + len(line) - len(line.lstrip()))
                )
            )
        parts += [text[end:start], replaced]
        end = found.end()
    if parts:
        done.text = "".join([*parts, text[end:]])
    return done


_KINDS = ("open", "shut", "sent", "go", "block", "call", "delimiter", "file", "copy", "define", "none")


def _marked(kind: str, mark: str) -> re.Pattern[str]:
    source = _pattern(kind).pattern
    return re.compile(rf"(?P<over>{re.escape(mark)})|{source}", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def _fresh(text: str, at: int) -> bool:
    """Whether a line of SQL*Plus begins where no statement is under way: after a semicolon, a slash, another one."""
    before = text.rfind("\n", 0, at)
    while before >= 0:
        start = text.rfind("\n", 0, before) + 1
        line = text[start:before].strip()
        if line and not line.startswith("--"):
            return line.endswith((";", "/", "*/")) or re.match(_CLIENT_LINE, line, re.IGNORECASE) is not None
        before = start - 1
    return True


_CLIENT_LINE = rf"(?:{_ORACLE_WORDS}|set[ \t]+(?:{_ORACLE_SETTINGS})|@.*)\b"  # compiled when it is needed: 10 ms


def _unquoted(value: str) -> str:
    value = value.strip().rstrip(";").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
