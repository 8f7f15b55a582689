-- methods of values, and functions of packages
SELECT p.attrs.getClobVal() AS c, p.attrs.extract('/a/b').getStringVal() AS s, XMLTYPE(p.attrs).extract('/x') AS y, pkg.fn(p.id) AS f FROM products p
