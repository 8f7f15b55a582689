"""Column lineage: how many statements a second, how much of that is the parser's, and whether others say the same.

    python -m bench.sql_lineage [--seconds 5] [--peers FOLDER]

Without peers: statements of our own in the shape of reporting queries (joins of four to eight tables, common table
expressions, correlated subqueries, windows, views as PostgreSQL prints them), in this process.

With peers: the 121 queries of TPC-H and TPC-DS, and 200 view definitions as a PostgreSQL server prints them, with
their schemas; ours with the plain and with the compiled parser, sqlglot's own lineage at its best setting, DataHub's
and sqllineage, each in an environment of its own that is made in FOLDER. Every output's columns are compared: it
fails where sqlglot or DataHub has other columns than we.
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from bench.postgres_database import statements as database
from bench.tools import PYTHON, table, write
from sqlglot.expressions import Expr

from strabo.sql.lineage import lineage
from strabo.sql.parse import Parsing
from strabo.sql.places import Written
from strabo.sql.resolve import Resolver
from strabo.sql.result import Limits, Schemas, Session, Statement, Table
from strabo.sql.script import tokens_of
from strabo.sql.statements import statement
from strabo.sql.tables import Context
from strabo.sql.working import Working
from strabo.testing.postgres import postgres_server

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

Corpus = dict[str, Any]
"""`schemas`: by name, the columns of each table; `queries`: each with name, schema, dialect and sql."""

# In the expression of an output: the others only decide which rows there are. Peers know no more.
_WITHIN = frozenset({"identity", "transformation", "aggregation", "conditional", "window", "sort"})
_SQLGLOT = "30.30.0"


def rate(work: Callable[[], int], seconds: float) -> float:
    """Statements a CPU second; `work` says how many it did. The best of five rounds: other people use this machine."""
    best = 0.0
    for _ in range(5):
        began, start, done = monotonic(), process_time(), 0
        while not done or monotonic() - began < seconds / 5:
            done += work()
        best = max(best, done / (process_time() - start))
    return best


# --- what is resolved ------------------------------------------------------------------------------------------------


def built_in() -> Corpus:
    tables = {name: columns.split() for name, columns in TABLES.items()}
    queries = [{"name": str(n), "schema": "shop", "dialect": "postgres", "sql": sql} for n, sql in enumerate(QUERIES)]
    return {"schemas": {"shop": tables}, "queries": queries}


def published(peers: Path) -> Corpus:
    """TPC-H, TPC-DS, and the views of the ingestion benchmark's database."""
    versions = ("duckdb==1.5.5", "duckdb-extension-tpch==1.5.5", "duckdb-extension-tpcds==1.5.5")
    python = environment(peers / "tpc", *versions)
    said = subprocess.run([python, str(Path(__file__).parent / "tpc.py")], check=True, capture_output=True, text=True)
    corpora = json.loads(said.stdout)
    schemas = {name: corpus["tables"] for name, corpus in corpora.items()}
    queries = [
        {"name": f"{name} {number}", "schema": name, "dialect": "postgres", "sql": sql}
        for name, corpus in corpora.items()
        for number, sql in enumerate(corpus["queries"], 1)
    ]
    schemas["views"], views = printed_views()
    queries += [{"name": name, "schema": "views", "dialect": "postgres", "sql": sql} for name, sql in views]
    return {"schemas": schemas, "queries": queries}


def printed_views() -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    with postgres_server() as server, server.connect() as connection:
        for part in database(tables=12):
            connection.execute(part.encode())
        columns: dict[str, list[str]] = {}
        for schema, name, column in connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema LIKE 'area%' ORDER BY 1, 2, ordinal_position"
        ):
            columns.setdefault(f"{schema}.{name}", []).append(column)
        views = connection.execute(
            "SELECT schemaname || '.' || viewname, definition FROM pg_views WHERE schemaname LIKE 'area%' ORDER BY 1"
        ).fetchall()
    return columns, [(name, sql.rstrip().rstrip(";")) for name, sql in views]


def schemas_of(corpus: Corpus) -> dict[str, Schemas]:
    return {name: _schemas(tables) for name, tables in corpus["schemas"].items()}


def _schemas(tables: dict[str, list[str]]) -> Schemas:
    known = {tuple(name.split(".")): Table(tuple(name.split(".")), tuple(of)) for name, of in tables.items()}
    return lambda name: known.get(tuple(part.lower() for part in name.parts))


# --- ours ------------------------------------------------------------------------------------------------------------


def ours(corpus: Corpus, seconds: float) -> dict[str, Any]:
    """Rates of the whole, of the parser alone and of the resolver alone; and what came out."""
    schemas = schemas_of(corpus)
    forever = monotonic() + 86_400

    def parsed(query: dict[str, str]) -> tuple[Written, Expr]:
        parsing = Parsing(query["sql"], query["dialect"], Limits())
        written = parsing.written(tokens_of(query["sql"], parsing.rules), deep=True)
        assert isinstance(written, Written)
        return written, parsing.trees(written.tokens, forever)[0]

    def whole() -> int:
        for query in corpus["queries"]:
            lineage(query["sql"], dialect=query["dialect"], schemas=schemas[query["schema"]])
        return len(corpus["queries"])

    def parse_only() -> int:
        for query in corpus["queries"]:
            parsed(query)
        return len(corpus["queries"])

    trees: list[tuple[Working, Written, Expr]] = []

    def resolve_only() -> int:
        if not trees:  # not before: what is kept is looked at by every collection of garbage
            trees.extend(
                (Working(Session(), q["dialect"], schemas[q["schema"]]), *parsed(q)) for q in corpus["queries"]
            )
        for working, written, tree in trees:
            statement(tree, Resolver(Context(written, working), forever))
        return len(trees)

    answers, unknown = [], 0
    for query in corpus["queries"]:
        result = lineage(query["sql"], dialect=query["dialect"], schemas=schemas[query["schema"]])
        unknown += len(result.unparsed) + sum(len(each.unknown) for each in result.statements)
        answers.append(columns(result.statements[0]))
    rates = {name: rate(work, seconds) for name, work in
             (("whole", whole), ("parse", parse_only), ("resolve", resolve_only))}  # fmt: skip
    return {"answers": answers, "unknown": unknown, **rates}


def columns(found: Statement) -> dict[str, list[str]]:
    """Each output's base columns, by names in small letters."""
    made: dict[str, set[str]] = {output.name.lower(): set() for output in found.outputs}
    for edge in found.edges:
        if edge.how in _WITHIN:
            made[edge.target.lower()].add(f"{edge.table[-1]}.{edge.source}".lower())
    return {name: sorted(of) for name, of in made.items()}


# --- peers -----------------------------------------------------------------------------------------------------------


def environment(folder: Path, *packages: str) -> str:
    """The Python of an environment with these packages, made if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(python)


def peer(name: str, python: str, corpus: Corpus, seconds: float) -> dict[str, Any]:
    words = [python, str(Path(__file__).parent / "sql_peers.py"), name, str(seconds)]
    done = subprocess.run(words, input=json.dumps(corpus), text=True, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compiled(corpus: Corpus, folder: Path, seconds: float) -> dict[str, Any]:
    """Ours again, in a process that finds the compiled parser first."""
    if not folder.exists():
        words = [PYTHON, "-m", "pip", "install", "--quiet", "--target", str(folder), f"sqlglot[c]=={_SQLGLOT}"]
        subprocess.run(words, check=True)
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [PYTHON, "-m", "bench.sql_lineage", "--seconds", str(seconds), "--stdin"],
        input=json.dumps(corpus), text=True, stdout=subprocess.PIPE, check=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compared(corpus: Corpus, mine: list[Any], theirs: list[Any]) -> tuple[int, list[str]]:
    """How many named outputs both have, and those of other columns. Who names nothing calls it otherwise."""
    both, other = 0, []
    known = {name: {t.rpartition(".")[2] for t in tables} for name, tables in corpus["schemas"].items()}
    for query, own, peers in zip(corpus["queries"], mine, theirs, strict=True):
        for name, of in (peers or {}).items():
            if name not in own:
                continue
            both += 1
            tables = known[query["schema"]]  # what is of none of them is a constant, or not found
            real = sorted(c for c in of if c.partition(".")[0] in tables and not c.endswith(".*"))
            if real != own[name]:
                gone, more = sorted(set(own[name]) - set(real)), sorted(set(real) - set(own[name]))
                other.append(f"{query['name']}: {name}: misses {gone}, adds {more}")
    return both, other


def against_peers(folder: Path, seconds: float) -> int:
    corpus = published(folder)
    count = len(corpus["queries"])
    plain = ours(corpus, seconds)
    fast = compiled(corpus, folder / "compiled", seconds)
    rows: list[dict[str, Any]] = []
    for name, one in (("ours, plain parser", plain), ("ours, compiled parser", fast)):
        rows.append({"": name, "statements/s": one["whole"], "parser alone": one["parse"],
                     "of the whole": one["whole"] / one["parse"], "columns": sum(map(len, one["answers"])),
                     "other": 0 if one["answers"] == plain["answers"] else "!"})  # fmt: skip
    wrong = fast["answers"] != plain["answers"] or plain["unknown"] > 0
    for name, key, python in (
        ("sqlglot.lineage, plain", "sqlglot", environment(folder / "sqlglot", f"sqlglot=={_SQLGLOT}")),
        ("sqlglot.lineage, compiled", "sqlglot", environment(folder / "sqlglotc", f"sqlglot[c]=={_SQLGLOT}")),
        ("DataHub sqlglot_lineage", "datahub", environment(folder / "datahub", "acryl-datahub[sql-parser]")),
        ("sqllineage", "sqllineage", environment(folder / "sqllineage", "sqllineage")),
    ):
        found = peer(key, python, corpus, seconds)
        both, other = compared(corpus, plain["answers"], found["answers"])
        rows.append({"": f"{name} {found['version']}", "statements/s": count / found["seconds"], "parser alone": "",
                     "of the whole": "", "columns": both, "other": len(other)})  # fmt: skip
        print(*other, sep="\n")
        wrong = wrong or (key != "sqllineage" and bool(other))
    table(f"{count} queries with schemas, one core, CPU seconds", rows)
    write("sql_lineage", rows)
    return int(wrong)


def main(words: Iterable[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=5.0, help="for each measure")
    options.add_argument("--peers", type=Path, help="a folder for the environments of the others")
    options.add_argument("--stdin", action="store_true", help="a corpus as JSON in, rates and answers as JSON out")
    given = options.parse_args(None if words is None else list(words))
    if given.stdin:
        json.dump(ours(json.load(sys.stdin), given.seconds), sys.stdout)
        return 0
    if given.peers:
        return against_peers(given.peers, given.seconds)
    found = ours(built_in(), given.seconds)
    rows = [{"": name, "statements/s": found[name]} for name in ("whole", "parse", "resolve")]
    table(f"{len(QUERIES)} statements of our own, {found['unknown']} unknown", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
