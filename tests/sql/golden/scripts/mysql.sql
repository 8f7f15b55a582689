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

-- what mysqldump hides from others
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `orders`.`id` AS `id` from `orders` */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER `t` AFTER INSERT ON `orders` FOR EACH ROW BEGIN
  INSERT INTO items (order_id) VALUES (NEW.id); /* a comment */
END */;;
DELIMITER ;
SELECT /*!40001 SQL_NO_CACHE */ id, 2*/* c */3, '/*!50001 x */' FROM orders;
