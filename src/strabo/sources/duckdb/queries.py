"""What DuckDB is asked: its catalog functions, one statement each, however many tables there are.

Every statement takes the schemas to read as a list of oids and the places they come in; rows are sorted by place and
name, which is the key that they are joined by. https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions.
"""

SCHEMAS = "select * from duckdb_schemas() where database_name = current_database()"
DATABASE = "select database_name, comment from duckdb_databases() where database_name = current_database()"

_SCHEMAS = "(select unnest($schemas::bigint[]) as schema_oid, unnest($places::integer[]) as place) s"

OBJECTS = f"""
    select s.place, o.name, o.kind, o.comment, o.temporary, o.rows, o.sql from (
        select schema_oid, table_name as name, 'table' as kind, comment, temporary, estimated_size as rows, sql
        from duckdb_tables() where not internal
        union all select schema_oid, view_name, 'view', comment, temporary, null, sql
        from duckdb_views() where not internal
    ) o join {_SCHEMAS} using (schema_oid) order by s.place, o.name
"""

# DuckDB 1.4 shows the expression of a generated column as its default, and only the table's text tells the two apart.
GENERATED = "c.generation_expression"
NOT_TOLD = "null"


def columns(generated: str) -> str:
    return f"""
        select s.place, c.table_name, c.column_name, c.data_type, c.is_nullable, c.column_default,
            {generated}, c.comment
        from duckdb_columns() c join {_SCHEMAS} using (schema_oid)
        where not c.internal order by s.place, c.table_name, c.column_index
    """


CONSTRAINTS = f"""
    select s.place, c.table_name, c.constraint_type, c.constraint_name, c.constraint_column_names,
        c.referenced_table, c.referenced_column_names, c.expression
    from duckdb_constraints() c join {_SCHEMAS} using (schema_oid)
    where c.constraint_type <> 'NOT NULL' order by s.place, c.table_name, c.constraint_index
"""

# `expressions` is a list that DuckDB prints; its own cast reads it back.
INDEXES = f"""
    select s.place, i.table_name, i.index_name, i.is_unique, try_cast(i.expressions as varchar[])
    from duckdb_indexes() i join {_SCHEMAS} using (schema_oid)
    where not i.is_primary order by s.place, i.table_name, i.index_name
"""

# No schema's oid here, only its last name.
MACROS = """
    select s.place, f.function_name, f.function_type, f.parameters, f.parameter_types, f.macro_definition, f.comment
    from duckdb_functions() f
    join (select unnest($names::varchar[]) as schema_name, unnest($places::integer[]) as place) s using (schema_name)
    where f.database_name = current_database() and not f.internal and f.function_type in ('macro', 'table_macro')
    order by s.place, f.function_name, f.function_type, len(f.parameters), f.parameters
"""

# Since DuckDB 2.
TRIGGERS = f"""
    select s.place, t.trigger_name, t.table_name, t.action_timing, t.event_manipulation, t.for_each, t.comment, t.sql
    from duckdb_triggers() t join {_SCHEMAS} using (schema_oid)
    order by s.place, t.table_name, t.trigger_name
"""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
