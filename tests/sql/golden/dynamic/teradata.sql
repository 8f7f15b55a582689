-- a text that a system procedure runs
REPLACE PROCEDURE p() BEGIN
  DECLARE q VARCHAR(100);
  SET q = 'INSERT INTO items (price) SELECT total FROM ' || 'orders';
  CALL DBC.SysExecSQL(q);
  CALL DBC.SysExecSQL('DELETE FROM items');
END
