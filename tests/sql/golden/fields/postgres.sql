-- JSON by arrows
SELECT payload->'a'->>'b' AS b, payload #>> '{c,d}' AS d FROM events WHERE payload->>'k' = 'x'

-- a composite
SELECT (payload).x, (e.payload).y.z FROM events e

-- through a query of WITH
WITH q AS (SELECT payload AS p FROM events) SELECT p->>'a' AS a FROM q
