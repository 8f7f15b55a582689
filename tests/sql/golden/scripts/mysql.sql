-- DELIMITER
DELIMITER //
CREATE PROCEDURE p()
BEGIN
  INSERT INTO report (a) SELECT id FROM orders;
  UPDATE report SET a = 2;
END //
DELIMITER ;
SELECT name FROM customers;

-- other marks, in quotes and comments too
DELIMITER $$
SELECT '$$' AS money, id FROM orders $$
-- $$
/* $$ */ SELECT total FROM orders$$
DELIMITER ;
SELECT email FROM customers; # the end; or not
SELECT region FROM customers

-- user variables
SET @last = (SELECT MAX(id) FROM orders), @n := 1;
SELECT total, status INTO @t, @s FROM orders LIMIT 1;
INSERT INTO report (last, n, t, s) VALUES (@last, @n, @t, @s);

-- temporary tables
CREATE TEMPORARY TABLE kept AS SELECT id, total FROM orders;
INSERT INTO report (a, b) SELECT id, total FROM kept;
DROP TEMPORARY TABLE kept;
RENAME TABLE report TO report_old, report_new TO report;

-- a dump, with its comments that are executed
/*!40101 SET NAMES utf8 */;
LOCK TABLES `orders` WRITE;
/*!40000 ALTER TABLE `orders` DISABLE KEYS */;
INSERT INTO `orders` VALUES (1,2,'it''s; \'x','a',3);
UNLOCK TABLES;
source other.sql
SELECT id FROM orders;
