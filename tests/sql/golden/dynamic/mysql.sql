-- PREPARE from text and from variables
SET @tab = 'report', @q = CONCAT('INSERT INTO ', @tab, ' (a) SELECT id FROM orders WHERE id = ?');
PREPARE s FROM @q;
SET @id = 5;
EXECUTE s USING @id;
DEALLOCATE PREPARE s;
PREPARE s FROM 'SELECT name FROM customers';
EXECUTE s;

-- one that nobody can tell
CREATE PROCEDURE p(tab VARCHAR(10))
BEGIN
  SET @q = CONCAT('DELETE FROM ', tab);
  PREPARE s FROM @q;
  EXECUTE s;
END;
