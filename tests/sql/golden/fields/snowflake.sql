-- colons
SELECT payload:user.name::string AS n, e.payload:items[0].id AS i, payload['k'] AS k FROM events e
