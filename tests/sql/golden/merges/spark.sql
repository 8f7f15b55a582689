-- a target that grows
MERGE WITH SCHEMA EVOLUTION INTO customers c USING products p ON c.id = p.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (p.id, p.name)
