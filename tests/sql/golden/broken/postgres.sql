-- a statement that breaks off says where, whatever the parser makes of the half
INSERT INTO report SELECT;

-- nothing is selected
SELECT;

-- nothing is made
CREATE TABLE report AS;

-- nothing is set
UPDATE orders SET;

-- a list of columns, and no rows
INSERT INTO report (id, total);

-- half a condition
SELECT id FROM orders WHERE;

-- half a join
SELECT id FROM orders JOIN;

-- half a list
SELECT id FROM orders ORDER BY;

-- a quote that is never closed
SELECT 'x FROM orders;

-- all of it, in a word that is a name here
SELECT id AS "from" FROM orders;

-- rows of defaults are no half
INSERT INTO report DEFAULT VALUES;

-- what moves no data, whatever the parser makes of it
SAVEPOINT a; LOCK TABLE orders IN SHARE MODE; CLUSTER orders USING by_day; IMPORT FOREIGN SCHEMA public FROM SERVER s INTO local

-- tables beside each other are all of them there
SELECT a b c FROM orders o, customers AS c, items WHERE x = 1;

-- FROM that is no clause
SELECT EXTRACT(YEAR FROM placed), trim(BOTH ' ' FROM name), a b c FROM orders WHERE id IS DISTINCT FROM total;
