"""How many statements a second the SQL room resolves, and how much of that is the parser's.

    python bench/sql_lineage.py [seconds] [folder of .sql files, with a schema.txt of "table: column column"]

The built-in statements have the shape of reporting queries: joins of four to eight tables, common table
expressions, correlated subqueries, windows, and views as PostgreSQL prints them.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter

from sqlglot.expressions import Expr

from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.parse import Parsing
from strabo.sql.places import Written
from strabo.sql.resolve import Resolver
from strabo.sql.result import Limits, Session, Table
from strabo.sql.script import tokens_of
from strabo.sql.statements import statement
from strabo.sql.tables import Context
from strabo.sql.working import Working

TABLES = {
    "sale": "sale_id date_id store_id item_id buyer_id promo_id quantity list_price paid tax discount cost net_paid",
    "refund": "refund_id sale_id date_id item_id buyer_id reason_id amount fee tax credit",
    "day": "date_id day year month quarter week weekday holiday fiscal_year fiscal_quarter",
    "store": "store_id code name city county state zip country manager floor_space opened closed",
    "item": "item_id code name brand class category maker size color units wholesale price",
    "buyer": "buyer_id code first_name last_name email birth_year birth_country address_id segment",
    "address": "address_id street city county state zip country gmt_offset",
    "promo": "promo_id name channel cost starts ends",
    "stock": "date_id item_id store_id on_hand",
}
QUERIES = [
    """
    with yearly as (
      select b.buyer_id, b.first_name, b.last_name, d.year, sum(s.list_price - s.discount) as total, 's' as kind
      from sale s, buyer b, day d
      where s.buyer_id = b.buyer_id and s.date_id = d.date_id and d.year in (2020, 2021)
      group by b.buyer_id, b.first_name, b.last_name, d.year
      union all
      select b.buyer_id, b.first_name, b.last_name, d.year, sum(r.amount - r.fee), 'r'
      from refund r join buyer b on r.buyer_id = b.buyer_id join day d on d.date_id = r.date_id
      group by b.buyer_id, b.first_name, b.last_name, d.year)
    select one.buyer_id, one.first_name, one.last_name, two.total / nullif(one.total, 0) as growth,
      case when three.total > 0 then four.total / three.total end as returned
    from yearly one, yearly two, yearly three, yearly four
    where one.buyer_id = two.buyer_id and one.buyer_id = three.buyer_id and four.buyer_id = one.buyer_id
      and one.kind = 's' and two.kind = 's' and three.kind = 'r' and four.kind = 'r'
      and one.year = 2020 and two.year = 2021 and three.year = 2020 and four.year = 2021
    order by one.last_name, one.first_name, growth limit 100
    """,
    """
    select i.category, i.class, i.brand, st.name, d.month, sum(s.paid) as paid,
      avg(sum(s.paid)) over (partition by i.category, i.brand, st.name order by d.month) as average,
      rank() over (partition by i.category order by sum(s.paid) desc) as place
    from item i join sale s on s.item_id = i.item_id join day d on d.date_id = s.date_id
      join store st on st.store_id = s.store_id left join promo p on p.promo_id = s.promo_id
    where d.year = 2021 and (i.category in ('Books', 'Home') or i.class = 'audio') and p.channel is not null
    group by i.category, i.class, i.brand, st.name, d.month
    having sum(s.paid) > 100 order by average - sum(s.paid), st.name
    """,
    """
    select st.name, count(distinct s.sale_id) as orders, sum(s.cost) as cost, sum(s.net_paid) as net
    from sale s join store st on st.store_id = s.store_id join day d on d.date_id = s.date_id
      join buyer b using (buyer_id) join address a using (address_id)
    where d.day between date '2021-02-01' and date '2021-04-01' and a.state = 'IL'
      and exists (select 1 from sale other where other.sale_id = s.sale_id and other.store_id <> s.store_id)
      and not exists (select 1 from refund r where r.sale_id = s.sale_id)
      and s.paid > (select 1.2 * avg(x.paid) from sale x where x.item_id = s.item_id)
    group by st.name order by count(distinct s.sale_id)
    """,
    """
    select w.week, round(mon / nullif(lag(mon) over (order by w.week), 0), 2) as mon_growth, tue, wed, thu, fri
    from (select d.week,
        sum(case when d.weekday = 'Monday' then s.paid end) as mon,
        sum(case when d.weekday = 'Tuesday' then s.paid end) as tue,
        sum(case when d.weekday = 'Wednesday' then s.paid else 0 end) as wed,
        sum(case when d.weekday = 'Thursday' then s.paid else 0 end) as thu,
        sum(case when d.weekday = 'Friday' then s.paid - s.tax else 0 end) as fri
      from sale s join day d on d.date_id = s.date_id group by d.week) w
    where exists (select 1 from day d where d.week = w.week and d.holiday = 'N') order by w.week
    """,
    """
    create view returns_by_reason as
    with sold as (select * from sale where quantity > 0), back as (
      select r.item_id, r.buyer_id, sum(r.amount) amount, max(r.credit) credit from refund r group by 1, 2)
    select sold.*, back.amount, back.credit, coalesce(back.amount, 0) - sold.paid as lost, i.name as item_name
    from sold left join back on back.item_id = sold.item_id and back.buyer_id = sold.buyer_id
      join item i on i.item_id = sold.item_id
    """,
    """
    SELECT i.item_id, i.code, i.name, st.state, ((s.paid - s.cost))::numeric(10,2) AS margin,
      (((a.city)::text || ', '::text) || (a.state)::text) AS place, date_trunc('month'::text, d.day) AS month
    FROM (((((sale s JOIN item i ON ((i.item_id = s.item_id))) JOIN store st ON ((st.store_id = s.store_id)))
      JOIN buyer b ON ((b.buyer_id = s.buyer_id))) LEFT JOIN address a ON ((a.address_id = b.address_id)))
      JOIN day d ON ((d.date_id = s.date_id)))
    WHERE (((i.category)::text = ANY ((ARRAY['Books'::character varying, 'Music'::character varying])::text[]))
      AND (d.year >= 2020) AND ((st.closed IS NULL) OR (st.closed > d.day)))
    """,
    """
    with recursive chain (item_id, steps, top) as (
      select item_id, 0, item_id from item where class = 'root'
      union all select k.item_id, c.steps + 1, c.top from stock k join chain c on c.item_id = k.store_id)
    select c.item_id, max(c.steps) as depth, min(i.name) as name from chain c join item i using (item_id) group by 1
    """,
    """
    select category, brand, year, quarter, sum(sold) as sold, sum(worth) as worth, count(*) as lines from (
      select i.category, i.brand, d.year, d.quarter, s.quantity - coalesce(r.amount, 0) as sold, s.paid as worth
      from sale s join item i on i.item_id = s.item_id join day d on d.date_id = s.date_id
        left join refund r on s.sale_id = r.sale_id and s.item_id = r.item_id where i.category = 'Books'
      union
      select i.category, i.brand, d.year, d.quarter, k.on_hand, i.wholesale * k.on_hand
      from stock k join item i on i.item_id = k.item_id join day d on d.date_id = k.date_id) parts
    group by rollup (category, brand), year, quarter order by 1, 2, sold desc
    """,
]


def rate(work: Callable[[], int], seconds: float) -> float:
    """Statements a second; `work` says how many it did. The best of five rounds, for other people use this machine."""
    best = 0.0
    for _ in range(5):
        start, done = perf_counter(), 0
        while perf_counter() - start < seconds / 5:
            done += work()
        best = max(best, done / (perf_counter() - start))
    return best


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    texts, shapes = QUERIES, {name: tuple(columns.split()) for name, columns in TABLES.items()}
    if len(sys.argv) > 2:
        folder = Path(sys.argv[2])
        texts = [path.read_text() for path in sorted(folder.glob("*.sql"))]
        lines = (folder / "schema.txt").read_text().splitlines()
        shapes = {name: tuple(columns.split()) for name, _, columns in (line.partition(":") for line in lines)}

    def schemas(name: TableName) -> Table | None:
        columns = shapes.get(name.parts[-1].lower())
        return None if columns is None else Table(name.parts, columns)

    results = [lineage(text, dialect="postgres", schemas=schemas) for text in texts]
    unknown = [str(u) for r in results for s in r.statements for u in s.unknown] + [
        str(u) for r in results for u in r.unparsed
    ]
    edges = sum(len(s.edges) for r in results for s in r.statements)
    for line in unknown:
        print("unknown", line)
    forever = monotonic() + 86_400
    working = Working(Session(), "postgres", schemas)

    def parsed(text: str) -> tuple[Written, Expr]:
        parsing = Parsing(text, "postgres", Limits())
        written = parsing.written(tokens_of(text, parsing.rules), deep=True)
        assert isinstance(written, Written)
        return written, parsing.trees(written.tokens, forever)[0]

    trees = [parsed(text) for text in texts]

    def whole() -> int:
        for text in texts:
            lineage(text, dialect="postgres", schemas=schemas)
        return len(texts)

    def parse_only() -> int:
        for text in texts:
            parsed(text)
        return len(texts)

    def resolve_only() -> int:
        for written, tree in trees:
            statement(tree, Resolver(Context(written, working), forever))
        return len(trees)

    characters = sum(map(len, texts)) // len(texts)
    print(f"{len(texts)} statements of {characters} characters, {edges} edges")
    for name, work in (("whole", whole), ("parse", parse_only), ("resolve", resolve_only)):
        print(f"{name:8}{rate(work, seconds):>10,.0f} statements/s")


if __name__ == "__main__":
    main()
