-- staging, then a swap by names
CREATE TEMP TABLE stage (LIKE orders);
COPY stage FROM 's3://bucket/orders/' IAM_ROLE default;
BEGIN TRANSACTION;
DELETE FROM orders USING stage WHERE orders.id = stage.id;
INSERT INTO orders SELECT * FROM stage;
END TRANSACTION;
DROP TABLE stage;
