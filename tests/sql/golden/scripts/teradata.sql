-- lines of BTEQ
.LOGON tdp/user,secret;
.SET WIDTH 200
DATABASE shop;
.IF ERRORCODE <> 0 THEN .GOTO FAILED
INSERT INTO report (a) SEL id FROM orders;
.EXPORT REPORT FILE = out.txt
SELECT name FROM customers;
.EXPORT RESET
.RUN FILE = more.bteq
.LABEL FAILED
.QUIT 0;

-- volatile tables
CREATE VOLATILE TABLE kept AS (SELECT id, total FROM orders) WITH DATA ON COMMIT PRESERVE ROWS;
INSERT INTO report (a, b) SELECT id, total FROM kept;
DROP TABLE kept;

-- a line within a string or a comment is none
SELECT 'a
.QUIT
b' AS x, id FROM orders;
/*
.QUIT
*/
SELECT total FROM orders;
