-- arrows
SELECT payload->'$.a' AS a, payload->>'$.b.c' AS c, JSON_EXTRACT(payload, '$.d') AS d FROM events
