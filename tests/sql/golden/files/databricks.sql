-- COPY INTO from a query over files
COPY INTO customers FROM (SELECT id::int, name, _metadata.file_name FROM 's3://b/in/') FILEFORMAT = JSON
