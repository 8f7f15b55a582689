-- constants and variables
BEGIN
  LET tab VARCHAR := 'report';
  LET q VARCHAR := 'INSERT INTO ' || tab || ' (a) SELECT id FROM orders WHERE id = ?';
  EXECUTE IMMEDIATE :q USING (tab);
  LET rs RESULTSET := (EXECUTE IMMEDIATE 'SELECT id, total FROM orders');
  FOR r IN rs DO
    INSERT INTO report (a) VALUES (r.total);
  END FOR;
  INSERT INTO IDENTIFIER(:tab) (a) SELECT name FROM customers;
END;
EXECUTE IMMEDIATE 'SELECT name FROM customers';

-- what nobody can tell
CREATE PROCEDURE p(tab VARCHAR) RETURNS VARCHAR LANGUAGE SQL AS
BEGIN
  EXECUTE IMMEDIATE 'DROP TABLE ' || tab;
  INSERT INTO IDENTIFIER(:tab) (a) SELECT name FROM customers;
END;
