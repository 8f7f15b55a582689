-- JSON_TABLE
SELECT j.a, j.b FROM events e, JSON_TABLE(e.payload, '$[*]' COLUMNS (a INT PATH '$.a', NESTED PATH '$.x[*]' COLUMNS (b INT PATH '$.b'))) AS j
