"""The catalog queries: a handful per database, whatever its size, folded on the server into one JSON value a row.

They run with an empty search_path, so that names need no prefix here and every name that the server prints in a
definition is fully qualified. The long ones are read through server-side cursors in the order of three keys, and
can start after any key, which is how reading goes on after an error. Their inner query decides the order, and the
outer one only looks up one row's details, so that nothing is sorted but the keys.

`withheld` marks rows without what the server prints only after locking a table (definitions, defaults, sizes):
because another session holds it exclusively (`blocked`), or because asking broke the batch before (`careful`).

https://www.postgresql.org/docs/current/catalogs.html
"""

import re
from collections.abc import Collection

# What prints, and waits for locks in doing so; a hardened server may refuse to let a login call it.
PRINTERS = {
    "pg_get_expr": "pg_get_expr(pg_node_tree,oid)",
    "pg_get_viewdef": "pg_get_viewdef(oid)",
    "pg_get_indexdef": "pg_get_indexdef(oid,int4,bool)",
    "pg_total_relation_size": "pg_total_relation_size(regclass)",
    "pg_get_functiondef": "pg_get_functiondef(oid)",
    "pg_get_triggerdef": "pg_get_triggerdef(oid)",
}


def without(sql: str, functions: Collection[str]) -> str:
    """A query with null for the calls of some functions.

    The right to call is asked for before the first row is read, so a condition around the call would not do.
    """
    for name in functions:
        sql = re.sub(rf"\b{name}\([^()]*\)", "NULL::text", sql)
    return sql


# Settings of one transaction. What is not local to it would leak through a connection pool.
SETTINGS = """
SELECT set_config('search_path', '', true),
       set_config('statement_timeout', %(statement_timeout)s, true),
       set_config('lock_timeout', %(lock_timeout)s, true),
       set_config('idle_in_transaction_session_timeout', '0', true),
       set_config('quote_all_identifiers', 'off', true),
       set_config('jit', 'off', true),
       set_config('client_encoding', %(client_encoding)s, true)
"""

DATABASES = """
SELECT json_build_object(
         'name', d.datname,
         'template', d.datistemplate,
         'connect', has_database_privilege(d.oid, 'CONNECT'),
         'owner', pg_get_userbyid(d.datdba),
         'comment', shobj_description(d.oid, 'pg_database'))
  FROM pg_database d
 WHERE d.datallowconn AND d.datconnlimit <> -2
 ORDER BY d.datname
"""

SCHEMAS = """
SELECT json_build_object(
         'id', n.oid::int8,
         'name', n.nspname,
         'usage', has_schema_privilege(n.oid, 'USAGE'),
         'owner', pg_get_userbyid(n.nspowner),
         'comment', obj_description(n.oid, 'pg_namespace'))
  FROM pg_namespace n
 WHERE n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_(toast_)?temp_'
   AND (%(system)s OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))
 ORDER BY n.nspname
"""

# Tables that another session holds (or waits for) exclusively, and what the server could only print by waiting too;
# and the functions that this login may not call.
OBSTACLES = """
WITH locked AS (
  SELECT DISTINCT l.relation AS id
    FROM pg_locks l
   WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT json_build_object('blocked', json_agg(waits.id::int8), 'refused', (
         SELECT json_agg(f.name) FROM unnest(%(functions)s::text[]) AS f(name)
          WHERE NOT has_function_privilege(('pg_catalog.' || f.name)::regprocedure, 'EXECUTE')))
  FROM (
  SELECT id FROM locked
  UNION
  SELECT i.indrelid FROM pg_index i JOIN locked ON locked.id = i.indexrelid
  UNION
  SELECT r.ev_class
    FROM locked
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = locked.id
                    AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid
  UNION
  SELECT d.objid
    FROM locked
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = locked.id
                    AND d.classid = 'pg_proc'::regclass) AS waits
"""

# Every table is a type too, and so is the array of it: of those, only the ones that some column has.
TYPES = """
WITH used AS (
  SELECT DISTINCT d.refobjid AS id
    FROM pg_depend d
   WHERE d.refclassid = 'pg_type'::regclass AND d.classid = 'pg_class'::regclass AND d.objsubid > 0)
SELECT json_build_object(
         'id', t.oid::int8,
         'name', t.typname,
         'spelled', format_type(t.oid, NULL),
         'kind', t.typtype,
         'category', t.typcategory,
         'element', CASE WHEN t.typcategory = 'A' THEN t.typelem::int8 ELSE 0 END,
         'element_spelled', CASE WHEN t.typcategory = 'A' THEN format_type(t.typelem, NULL) END,
         'base', t.typbasetype::int8,
         'base_spelled', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
         'required', t.typnotnull,
         'default', t.typdefault,
         'labels', CASE WHEN t.typtype = 'e' THEN (
            SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END,
         'checks', CASE WHEN t.typtype = 'd' THEN (
            SELECT json_agg(pg_get_constraintdef(x.oid) ORDER BY x.conname)
              FROM pg_constraint x WHERE x.contypid = t.oid AND x.contype = 'c') END,
         'fields', CASE WHEN t.typtype = 'c' THEN (
            SELECT json_agg(json_build_array(a.attname, a.atttypid::int8, format_type(a.atttypid, a.atttypmod),
                                             col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
              FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END)
  FROM pg_type t
  LEFT JOIN pg_type i ON i.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_class c ON c.oid = coalesce(nullif(t.typrelid, 0), i.typrelid)
 WHERE t.typtype <> 'p'
   AND (c.oid IS NULL OR c.relkind = 'c' OR t.oid IN (SELECT id FROM used)
        OR (t.typarray <> 0 AND t.typarray IN (SELECT id FROM used)))
 ORDER BY t.oid
"""

_COLUMNS = """
  SELECT json_agg(json_build_array(
           a.attnum, a.attname, a.atttypid::int8, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           CASE WHEN NOT c.withheld THEN pg_get_expr(a.adbin, a.adrelid) END,
           a.attidentity, a.attgenerated, a.description)) AS columns
    FROM (SELECT *
            FROM pg_attribute a
            LEFT JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_description e
                   ON e.objoid = a.attrelid AND e.classoid = 'pg_class'::regclass AND e.objsubid = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           ORDER BY a.attnum) AS a
"""

# A foreign key that points at a partitioned table has a copy per partition; conparentid tells them apart.
_KEYS = """
  SELECT json_agg(json_build_array(
           x.contype, x.conname, x.conkey, x.conindid::int8, rn.nspname, r.relname,
           CASE WHEN x.contype = 'f' THEN ARRAY(
             SELECT (SELECT f.attname FROM pg_attribute f WHERE f.attrelid = x.confrelid AND f.attnum = x.confkey[k])
               FROM generate_subscripts(x.confkey, 1) AS k) END) ORDER BY x.conname)
    FROM pg_constraint x
    LEFT JOIN pg_class r ON r.oid = x.confrelid
    LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
   WHERE x.conrelid = c.oid AND x.contype IN ('p', 'u', 'f') AND x.conparentid = 0
"""

_INDEXES = """
  SELECT json_agg(json_build_array(
           i.indexrelid::int8, ic.relname, i.indisunique, am.amname, i.indnkeyatts,
           string_to_array(i.indkey::text, ' ')::int[],
           CASE WHEN i.indexprs IS NOT NULL AND NOT c.withheld THEN (
             SELECT json_agg(CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k, false) END ORDER BY k)
               FROM generate_series(1, i.indnkeyatts) AS k) END,
           CASE WHEN i.indpred IS NOT NULL AND NOT c.withheld THEN pg_get_expr(i.indpred, i.indrelid) END)
         ORDER BY ic.relname)
    FROM pg_index i
    JOIN pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_am am ON am.oid = ic.relam
   WHERE i.indrelid = c.oid AND i.indislive
"""

# Tables that other parts hang under hold no rows; their bounds are said with those of the parts below.
_PARTS = """
  WITH RECURSIVE tree AS (
    SELECT i.inhrelid AS id, ARRAY[CASE WHEN NOT c.withheld THEN pg_get_expr(p.relpartbound, p.oid) END] AS bounds
      FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
     WHERE i.inhparent = c.oid
    UNION ALL
    SELECT i.inhrelid, tree.bounds || CASE WHEN NOT c.withheld THEN pg_get_expr(p.relpartbound, p.oid) END
      FROM tree JOIN pg_inherits i ON i.inhparent = tree.id JOIN pg_class p ON p.oid = i.inhrelid)
  SELECT json_agg(json_build_array(
           pn.nspname, p.relname, tree.bounds,
           CASE WHEN p.reltuples < 0 OR (p.reltuples = 0 AND p.relpages = 0 AND %(old)s) THEN NULL ELSE p.reltuples END,
           CASE WHEN p.relkind = 'r' AND NOT c.withheld AND p.oid <> ALL (%(blocked)s::oid[])
                THEN pg_total_relation_size(p.oid) END,
           p.relkind) ORDER BY pn.nspname, p.relname)
    FROM tree
    JOIN pg_class p ON p.oid = tree.id
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
   WHERE p.relkind <> 'p' OR NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = p.oid)
"""

RELATIONS = f"""
SELECT c.key_1, c.key_2, '',
       json_build_object(
         'kind', c.relkind,
         'owner', pg_get_userbyid(c.relowner),
         'comment', (SELECT e.description FROM pg_description e
                      WHERE e.objoid = c.oid AND e.classoid = 'pg_class'::regclass AND e.objsubid = 0),
         'withheld', c.withheld,
         'columns', attributes.columns,
         'keys', CASE WHEN c.relkind IN ('r', 'p', 'f') THEN ({_KEYS}) END,
         'indexes', CASE WHEN c.relhasindex THEN ({_INDEXES}) END,
         'definition', CASE WHEN c.relkind IN ('v', 'm') AND NOT c.withheld THEN pg_get_viewdef(c.oid) END,
         'rows', CASE WHEN c.relkind = 'v' OR c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0 AND %(old)s)
                      THEN NULL ELSE c.reltuples END,
         'bytes', CASE WHEN c.relkind IN ('r', 'm') AND NOT c.withheld THEN pg_total_relation_size(c.oid) END,
         'partitioned_by', CASE WHEN c.relkind = 'p' THEN (
            SELECT json_build_array(t.partstrat, string_to_array(t.partattrs::text, ' ')::int[],
                                    pg_get_partkeydef(c.oid))
              FROM pg_partitioned_table t WHERE t.partrelid = c.oid) END,
         'parts', CASE WHEN c.relkind = 'p' THEN ({_PARTS}) END,
         'inherits', CASE WHEN c.relkind IN ('r', 'f') THEN (
            SELECT json_agg(json_build_array(pn.nspname, p.relname) ORDER BY i.inhseqno)
              FROM pg_inherits i
              JOIN pg_class p ON p.oid = i.inhparent
              JOIN pg_namespace pn ON pn.oid = p.relnamespace
             WHERE i.inhrelid = c.oid) END,
         'method', (SELECT am.amname FROM pg_am am WHERE am.oid = c.relam),
         'unlogged', c.relpersistence = 'u',
         'populated', c.relispopulated,
         'row_security', c.relrowsecurity,
         'tablespace', CASE WHEN c.reltablespace <> 0 THEN (
            SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) END,
         'foreign', CASE WHEN c.relkind = 'f' THEN (
            SELECT json_build_object('server', s.srvname, 'wrapper', w.fdwname, 'type', s.srvtype,
                                     'server_options', s.srvoptions, 'options', f.ftoptions)
              FROM pg_foreign_table f
              JOIN pg_foreign_server s ON s.oid = f.ftserver
              JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
             WHERE f.ftrelid = c.oid) END)
  FROM (SELECT c.*, n.nspname::text COLLATE "C" AS key_1, c.relname::text COLLATE "C" AS key_2,
               (%(careful)s OR c.oid = ANY (%(blocked)s::oid[])) AS withheld
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relnamespace = ANY (%(schemas)s::oid[])
           AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
           AND (n.nspname::text COLLATE "C", c.relname::text COLLATE "C", '') > (%(after_1)s, %(after_2)s, %(after_3)s)
           AND (%(system)s OR NOT EXISTS (
                 SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))
         ORDER BY key_1, key_2
         LIMIT %(limit)s) AS c
  CROSS JOIN LATERAL ({_COLUMNS}) AS attributes
 ORDER BY c.key_1, c.key_2
"""

ROUTINES = """
SELECT p.key_1, p.key_2, p.key_3,
       json_build_object(
         'kind', p.prokind,
         'owner', pg_get_userbyid(p.proowner),
         'comment', (SELECT e.description FROM pg_description e
                      WHERE e.objoid = p.oid AND e.classoid = 'pg_proc'::regclass AND e.objsubid = 0),
         'withheld', p.withheld,
         'takes', pg_get_function_arguments(p.oid),
         'returns', pg_get_function_result(p.oid),
         'language', (SELECT l.lanname FROM pg_language l WHERE l.oid = p.prolang),
         'volatility', p.provolatile,
         'definer', p.prosecdef,
         'settings', p.proconfig,
         'definition', CASE WHEN NOT p.withheld THEN pg_get_functiondef(p.oid) END)
  FROM (SELECT p.*, n.nspname::text COLLATE "C" AS key_1, p.proname::text COLLATE "C" AS key_2,
               oidvectortypes(p.proargtypes) COLLATE "C" AS key_3,
               (%(careful)s OR p.oid = ANY (%(blocked)s::oid[])) AS withheld
          FROM pg_proc p
          JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE p.pronamespace = ANY (%(schemas)s::oid[]) AND p.prokind <> 'a'
           AND (n.nspname::text COLLATE "C", p.proname::text COLLATE "C", oidvectortypes(p.proargtypes) COLLATE "C")
               > (%(after_1)s, %(after_2)s, %(after_3)s)
           AND (%(system)s OR NOT EXISTS (
                 SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
         ORDER BY key_1, key_2, key_3
         LIMIT %(limit)s) AS p
 ORDER BY p.key_1, p.key_2, p.key_3
"""

TRIGGERS = """
SELECT t.key_1, t.key_2, t.key_3,
       json_build_object(
         'comment', obj_description(t.oid, 'pg_trigger'),
         'withheld', t.withheld,
         'enabled', t.tgenabled,
         'owner', pg_get_userbyid(t.relowner),
         'function', (SELECT json_build_array(pn.nspname, p.proname)
                        FROM pg_proc p JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE p.oid = t.tgfoid),
         'definition', CASE WHEN NOT t.withheld THEN pg_get_triggerdef(t.oid) END)
  FROM (SELECT t.*, n.nspname::text COLLATE "C" AS key_1, c.relname::text COLLATE "C" AS key_2,
               t.tgname::text COLLATE "C" AS key_3, c.relowner,
               (%(careful)s OR c.oid = ANY (%(blocked)s::oid[])) AS withheld
          FROM pg_trigger t
          JOIN pg_class c ON c.oid = t.tgrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relnamespace = ANY (%(schemas)s::oid[])
           AND NOT t.tgisinternal AND NOT c.relispartition AND c.relpersistence <> 't'
           AND (n.nspname::text COLLATE "C", c.relname::text COLLATE "C", t.tgname::text COLLATE "C")
               > (%(after_1)s, %(after_2)s, %(after_3)s)
           AND (%(system)s OR NOT EXISTS (
                 SELECT FROM pg_depend e
                  WHERE e.deptype = 'e' AND ((e.classid = 'pg_class'::regclass AND e.objid = c.oid)
                                          OR (e.classid = 'pg_trigger'::regclass AND e.objid = t.oid))))
         ORDER BY key_1, key_2, key_3
         LIMIT %(limit)s) AS t
 ORDER BY t.key_1, t.key_2, t.key_3
"""

# What `check` asks: may this login see and call what the queries above use?
GRANTS = """
SELECT json_build_object(
         'schemas', (SELECT count(*) FROM pg_namespace n
                      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
         'closed', (SELECT json_agg(n.nspname ORDER BY n.nspname) FROM pg_namespace n
                     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                       AND NOT has_schema_privilege(n.oid, 'USAGE')),
         'hidden', (SELECT json_agg(t.name) FROM unnest(%(tables)s::text[]) AS t(name)
                     WHERE NOT has_table_privilege(('pg_catalog.' || t.name)::regclass, 'SELECT')),
         'refused', (SELECT json_agg(f.name) FROM unnest(%(functions)s::text[]) AS f(name)
                      WHERE NOT has_function_privilege(('pg_catalog.' || f.name)::regprocedure, 'EXECUTE')))
"""
