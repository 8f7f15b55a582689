"""What the server writes about a column: types, enum values, defaults, checks. Typed in, no server needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.model.records import CanonicalType
from strabo.sources.mysql.types import default_of, generated_of, json_column, kind_of, values_of


@given(st.lists(st.text(), min_size=1), st.sampled_from(["enum", "set"]))
def test_the_values_of_an_enum_come_back_whatever_they_are(values: list[str], word: str) -> None:
    """Spelled as the server spells a list: quotes doubled; backslash, line end, NUL and carriage return escaped."""
    escapes = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\0": "\\0", "'": "''"}
    spelled = ",".join("'" + "".join(escapes.get(char, char) for char in value) + "'" for value in values)
    assert values_of(f"{word}({spelled})") == tuple(values)


@pytest.mark.parametrize("text", [None, "", "int(11)", "varchar(20)", "decimal(10,2)", "enum", "enum("])
def test_other_types_have_no_values(text: str | None) -> None:
    assert values_of(text) == ()


@pytest.mark.parametrize(
    ("data_type", "column_type", "kind"),
    [
        ("tinyint", "tinyint(1)", "boolean"), ("tinyint", "tinyint(4)", "integer"), ("tinyint", "tinyint", "integer"),
        ("tinyint", "tinyint(1) unsigned", "integer"), ("int", "int unsigned", "integer"), ("bit", "bit(1)", "bit"),
        ("json", "json", "json"), ("set", "set('a')", "enum"), ("geomcollection", "geomcollection", "geometry"),
        ("vector", "vector(3)", "vector"), ("year", "year", "integer"), ("double", "double unsigned", "float"),
        ("newfangled", "newfangled(3)", "unknown"), (None, None, "unknown"), ("DATETIME", "datetime(6)", "timestamp"),
    ],
)  # fmt: skip
def test_each_type_has_its_small_type(data_type: str | None, column_type: str | None, kind: str) -> None:
    assert kind_of(data_type, column_type) == kind


@pytest.mark.parametrize(
    ("default", "extra", "kind", "expected"),
    [
        (None, "", "text", None),
        ("it's", "", "text", "'it''s'"),
        ("back\\slash", "", "text", "'back\\\\slash'"),
        ("NULL", "", "text", "'NULL'"),
        ("", "", "enum", "''"),
        ("0", "", "integer", "0"),
        ("1.50", "", "decimal", "1.50"),
        ("b'101'", "", "bit", "b'101'"),
        ("0x4142", "", "binary", "0x4142"),
        ("2020-01-01", "", "date", "'2020-01-01'"),
        ("CURRENT_TIMESTAMP", "", "timestamp", "CURRENT_TIMESTAMP"),
        ("CURRENT_TIMESTAMP", "", "text", "'CURRENT_TIMESTAMP'"),
        ("CURRENT_TIMESTAMP(6)", "DEFAULT_GENERATED", "timestamp", "CURRENT_TIMESTAMP(6)"),
        ("CURRENT_TIMESTAMP", "DEFAULT_GENERATED on update CURRENT_TIMESTAMP", "timestamp",
         "CURRENT_TIMESTAMP on update CURRENT_TIMESTAMP"),
        (None, "on update CURRENT_TIMESTAMP(3)", "timestamp", "NULL on update CURRENT_TIMESTAMP(3)"),
        ("concat(_utf8mb4\\'a\\',1)", "DEFAULT_GENERATED", "text", "concat(_utf8mb4'a',1)"),
        ("json_array()", "DEFAULT_GENERATED", "json", "json_array()"),
    ],
)  # fmt: skip
def test_defaults_of_mysql_become_expressions(
    default: str | None, extra: str, kind: CanonicalType, expected: str | None
) -> None:
    assert default_of(default, extra, kind, maria=False) == expected


@pytest.mark.parametrize(
    ("default", "expected"),
    [(None, None), ("NULL", None), ("'NULL'", "'NULL'"), ("'it''s'", "'it''s'"), ("uuid()", "uuid()"), ("0", "0")],
)
def test_defaults_of_mariadb_are_expressions(default: str | None, expected: str | None) -> None:
    assert default_of(default, "", "text", maria=True) == expected


def test_a_computed_column_of_mysql_is_freed_of_its_backslashes() -> None:
    recorded = "concat(`first`,_utf8mb4\\' \\',`last`)"
    assert generated_of(recorded, maria=False) == "concat(`first`,_utf8mb4' ',`last`)"
    assert generated_of("concat(`a`,'\\'')", maria=True) == "concat(`a`,'\\'')"
    assert generated_of("", maria=False) is None


@pytest.mark.parametrize(
    ("clause", "column"),
    [
        ("json_valid(`j`)", "j"), ("json_valid(`a``b`)", "a`b"), ("json_valid(`j`) and json_length(`j`) > 1", "j"),
        ("`a` > 1", None), ("`a` is null or json_valid(`a`)", None), (None, None),
        ("json_valid(`j`) or `j` is null", None),
    ],
)  # fmt: skip
def test_a_check_tells_a_json_column(clause: str | None, column: str | None) -> None:
    assert json_column(clause) == column
