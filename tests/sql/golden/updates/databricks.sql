-- a field of a column
UPDATE products p SET attrs.colour.name = name, p.tags = id, p.attrs.size = tags WHERE p.id = 1

-- a field of a column, in MERGE
MERGE INTO products p USING customers c ON p.id = c.id WHEN MATCHED THEN UPDATE SET attrs.owner = c.name

-- a field of a table without a schema
UPDATE nowhere SET a.b = c, nowhere.d = e WHERE true
