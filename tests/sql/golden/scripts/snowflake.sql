-- variables of a session
SET last = (SELECT MAX(id) FROM orders);
SET tab = 'report';
INSERT INTO report (last) SELECT $last;
INSERT INTO IDENTIFIER($tab) (a) SELECT id FROM orders;
SELECT name FROM TABLE($tab);

-- an anonymous block
DECLARE
  amount NUMBER(10, 2) DEFAULT 0;
  c1 CURSOR FOR SELECT id, total FROM orders;
BEGIN
  LET last NUMBER := (SELECT MAX(id) FROM orders);
  FOR r IN c1 DO
    amount := amount + r.total;
  END FOR;
  INSERT INTO report (amount, last) VALUES (:amount, :last);
  RETURN amount;
END;
SELECT name FROM customers;

-- a block in dollar quotes
EXECUTE IMMEDIATE $$
BEGIN
  CREATE OR REPLACE TEMPORARY TABLE kept AS SELECT id, total FROM orders;
  INSERT INTO report (a, b) SELECT id, total FROM kept;
END;
$$;

-- a transaction is no block
BEGIN TRANSACTION;
INSERT INTO report (a) SELECT id FROM orders;
COMMIT;

-- swapped
CREATE TABLE report_new LIKE report;
INSERT INTO report_new (a) SELECT id FROM orders;
ALTER TABLE report SWAP WITH report_new;
DROP TABLE report_new;

-- lines of SnowSQL
!set variable_substitution=true
!define tab=customers
!source other.sql
INSERT INTO report (a) SELECT name FROM &tab WHERE NOT id = 1;
SELECT id FROM orders WHERE id != 5
