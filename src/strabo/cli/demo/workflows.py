"""The workflow files of the demo company: ordinary ones, left behind to be read and changed."""

from pathlib import Path

from strabo.cli.demo.warehouse import SHOP, WAREHOUSE

FILES = {
    "shop.yaml": f"""\
# The shop's database: tables, views, keys, triggers.
name: shop
source:
  type: sqlite
  config:
    path: {{folder}}/shop.db
    namespace: {SHOP}        # the name others know it by; by default the path
processors:
  - type: sql_lineage        # view definitions become lineage, to the column
  - type: add
    config:
      rules:
        - match: "*customers"
          tags: [pii]
          owners: [crm@demo.example]
        - match: "*order*"
          owners: [sales@demo.example]
""",
    "warehouse.yaml": f"""\
# The warehouse: what the shop's data becomes.
name: warehouse
source:
  type: duckdb
  config:
    path: {{folder}}/warehouse.duckdb
    namespace: {WAREHOUSE}
processors:
  - type: sql_lineage
  - type: add
    config:
      rules:
        - match: "*.marts.*"
          tags: [certified]
          owners: [analytics@demo.example]
        - match: "*.marts.dim_customer"
          tags: [pii]
""",
    "pipelines.yaml": """\
# What the nightly job wrote about itself: a file of records, one a line.
name: pipelines
source:
  type: records
  config:
    path: {folder}/pipelines.jsonl
processors:
  - type: sql_lineage
""",
}


def write(folder: Path) -> list[Path]:
    """The workflow files, in the order they are run."""
    target = folder / "workflows"
    target.mkdir(exist_ok=True)
    written = []
    for name, text in FILES.items():
        path = target / name
        path.write_text(text.replace("{folder}", _quoted(folder)), encoding="utf-8")
        written.append(path)
    return written


def _quoted(folder: Path) -> str:
    return str(folder)
