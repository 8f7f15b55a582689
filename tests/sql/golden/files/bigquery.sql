-- EXPORT DATA
EXPORT DATA OPTIONS (uri='gs://b/*.csv', format='CSV') AS SELECT id FROM orders

-- LOAD DATA
LOAD DATA INTO orders FROM FILES (format='CSV', uris=['gs://b/x.csv'])
