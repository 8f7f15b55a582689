-- text and names
EXECUTE IMMEDIATE 'INSERT INTO report (a) SELECT id FROM orders';
INSERT INTO IDENTIFIER('report') (a) SELECT id FROM IDENTIFIER('orders');
