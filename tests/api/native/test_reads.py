"""The reads: what was stored comes back, in pages, about the one object that is meant, as it was then."""

from pathlib import Path
from urllib.parse import quote

import pytest
from tests.api.native.helpers import DB, at, feeds, pages, push, staged, table

from strabo.model.naming import join
from strabo.model.records import Dataset, Job, Tag, Tags
from strabo.model.ref import Ref
from strabo.testing.asker import Asker
from strabo.testing.hostile import CASES, HOSTILE_NAMES


@pytest.fixture
def shop(ask: Asker) -> Asker:
    push(
        ask,
        *(table(f"shop.public.t{n:02}", "id", "amount") for n in range(25)),
        *(feeds(f"shop.public.t{n:02}", f"shop.public.t{n - 1:02}") for n in range(1, 25)),
        Tags(ref=Ref(DB, "shop.public.t00"), tags=(Tag(name="pii"),)),
        Job(ref=Ref("airflow", "etl"), kind="model"),
        Dataset(ref=Ref("dbt", "m"), kind="model"),
        Dataset(ref=Ref("file", "/x/view.csv"), kind="view"),
    )
    return ask


def test_search_has_pages_facets_and_mended_words(shop: Asker) -> None:
    first = shop("GET", "/api/v1/search?q=amount&limit=10").json
    assert (first["total"], len(first["hits"]), first["facets"]["kind"]) == (25, 10, {"table": 25})
    names = [h["ref"]["name"] for h in pages(shop, "/api/v1/search?q=amount&limit=10", "hits")]
    assert len(names) == len(set(names)) == 25
    assert shop("GET", "/api/v1/search?q=tag:pii").json["total"] == 1
    assert shop("GET", "/api/v1/search?q=amuont").json["repaired"] == "amount"
    assert shop("GET", "/api/v1/search?q=amount&facets=false").json["facets"] == {}
    wrong = shop("GET", "/api/v1/search?q=colour:red")
    assert wrong.status == 400
    assert shop("GET", "/api/v1/search?q=amount&at=2020-01-01").json["total"] == 0


def test_suggestions_are_few_and_begin_so(shop: Asker) -> None:
    got = shop("GET", "/api/v1/suggest?q=t0&limit=5").json["items"]
    assert len(got) == 5
    assert all("t0" in i["ref"]["name"] for i in got)
    assert shop("GET", "/api/v1/suggest?q=").json["items"] == []
    for half in ("postgres:", "kind:", "colour:", "-", '"'):
        assert shop("GET", f"/api/v1/suggest?q={quote(half)}").status == 200
    assert shop("GET", "/api/v1/suggest?q=t&limit=11").status == 400


def test_lists_are_by_name_and_filtered(shop: Asker) -> None:
    names = [i["ref"]["name"] for i in pages(shop, "/api/v1/datasets?limit=7", "items")]
    assert names == ["m", "/x/view.csv", *(f"shop.public.t{n:02}" for n in range(25))]
    assert [i["ref"]["name"] for i in pages(shop, "/api/v1/jobs?limit=1", "items")] == ["etl"]
    some = f"/api/v1/datasets?limit=3&prefix=shop.public.t1&namespace={quote('postgresql://DB', safe='')}"
    assert len(pages(shop, some, "items")) == 10
    assert [i["kind"] for i in pages(shop, "/api/v1/datasets?kind=view,model&limit=1", "items")] == ["model", "view"]
    assert pages(shop, "/api/v1/datasets?kind=nothing", "items") == []
    shop("DELETE", at(Ref(DB, "shop.public.t00")))
    assert len(pages(shop, "/api/v1/datasets?limit=1000", "items")) == 26
    assert [n["namespace"] for n in pages(shop, "/api/v1/namespaces?limit=1", "items")] == [
        "airflow",
        "dbt",
        "file",
        DB,
    ]
    assert pages(shop, "/api/v1/feeds?limit=1", "items") == [{"name": "push", "standing": 1}]


def test_an_ending_means_an_object_where_only_one_has_it(shop: Asker) -> None:
    push(shop, table("other.public.t03"))
    for path in ("show", "lineage", "impact", "history"):
        assert shop("GET", f"/api/v1/{path}?ref=t04").status == 200
        several = shop("GET", f"/api/v1/{path}?ref=t03")
        assert several.status == 409
        assert [i["ref"]["name"] for i in several.json["items"]] == ["other.public.t03", "shop.public.t03"]
        none = shop("GET", f"/api/v1/{path}?ref=nothing")
        assert (none.status, none.json["fix"]) == (404, "GET /api/v1/search?q=nothing")
        assert shop("GET", f"/api/v1/{path}?ref=%20").status == shop("GET", f"/api/v1/{path}").status == 400
    assert shop("GET", "/api/v1/diff?within=t03&since=1d").status == 409


def test_lineage_says_whether_it_is_all(shop: Asker) -> None:
    whole = shop("GET", "/api/v1/lineage?ref=t10").json
    assert (len(whole["nodes"]), whole["complete"], whole["left_out"]) == (25, True, 0)
    part = shop("GET", "/api/v1/lineage?ref=t10&direction=upstream&limit=4").json
    assert (part["complete"], part["left_out"]) == (False, 6)
    near = shop("GET", "/api/v1/lineage?ref=t10&hops=1&direction=downstream").json
    assert [n["ref"]["name"] for n in near["nodes"]] == ["shop.public.t10", "shop.public.t11"]
    assert shop("GET", "/api/v1/lineage?ref=t10&hops=0").status == 400
    assert shop("GET", "/api/v1/lineage?ref=t10&direction=sideways").status == 400
    same = shop("GET", at(Ref(DB, "shop.public.t10"), below="/lineage")).json
    assert same == whole
    assert len(shop("GET", "/api/v1/lineage?ref=t10&at=2020-01-01").json["nodes"]) == 1
    assert shop("GET", "/api/v1/lineage?ref=t10&fresh=30d").status == 200
    led = shop("GET", "/api/v1/lineage?ref=t10&direction=downstream&like=*.t12").json
    assert [n["ref"]["name"] for n in led["nodes"]] == [f"shop.public.t{n}" for n in (10, 11, 12)]
    assert (len(led["edges"]), led["hidden"]) == (2, 12)
    assert shop("GET", "/api/v1/lineage?ref=t10&kind=dashboard,report").json["hidden"] == 24
    assert "no length of time" in shop("GET", "/api/v1/lineage?ref=t10&fresh=soon").json["detail"]


def test_impact_is_paged_nearest_first(shop: Asker) -> None:
    rows = pages(shop, "/api/v1/impact?ref=t10&limit=5", "rows")
    assert [r["hop"] for r in rows] == list(range(1, 15))
    assert shop("GET", "/api/v1/impact?ref=t10&limit=5").json["objects"] == 14


def test_history_is_paged_newest_first(ask: Asker) -> None:
    for n in range(7):
        push(ask, table("shop.public.orders", f"c{n}"))
    events = pages(ask, "/api/v1/history?ref=orders&limit=3", "events")
    assert [e["change"] for e in events] == [*["changed"] * 6, "created"]
    assert events == ask("GET", at(Ref(DB, "shop.public.orders"), below="/history")).json["events"]
    assert events[0]["differences"][0].keys() == {"change", "what", "before", "after"}


def test_a_diff_stays_the_same_while_it_is_paged(shop: Asker) -> None:
    first = shop("GET", "/api/v1/diff?since=1d&limit=10").json
    assert (first["created"], len(first["objects"])) == (28, 10)
    path = shop("GET", "/api/v1/diff?since=1d&limit=10").headers["link"].partition(">")[0][1:]
    push(shop, table("shop.public.new"))
    assert shop("GET", path).json["created"] == 28
    assert len(pages(shop, path, "objects")) == 18
    assert shop("GET", "/api/v1/diff?since=1d").json["created"] == 29
    assert shop("GET", "/api/v1/diff?since=whenever").status == 400
    assert shop("GET", "/api/v1/diff?since=run:9").status == 400


def test_runs_are_told_with_their_objects(ask: Asker, tmp_path: Path) -> None:
    for n in range(5):
        ask("POST", "/api/v1/loads", staged(tmp_path / f"{n}.jsonl", ["a", "b", f"c{n}"], feed=f"feed{n % 2}"))
    assert [r["run"] for r in pages(ask, "/api/v1/runs?limit=2", "runs")] == [5, 4, 3, 2, 1]
    assert [r["run"] for r in pages(ask, "/api/v1/runs?limit=1&feed=feed1", "runs")] == [4, 2]
    assert ask("GET", "/api/v1/runs/5").json["reasons"] == [
        {"state": "retired", "reason": f"no longer listed in {DB}/shop", "part": None, "fix": None, "count": 1,
         "examples": [f"{DB}/shop.public.c2"]}
    ]  # fmt: skip
    objects = pages(ask, "/api/v1/runs/5/objects?limit=1", "objects")
    assert sorted(o["state"] for o in objects) == ["retired", "unchanged", "unchanged", "written"]
    assert len(pages(ask, "/api/v1/runs/5/objects?state=written,unchanged", "objects")) == 3
    assert ask("GET", "/api/v1/runs/5/objects?state=lost").status == 400
    for wrong in ("6", "x", "-1", "%D9%A3", "9" * 30):
        assert ask("GET", f"/api/v1/runs/{wrong}").status == ask("GET", f"/api/v1/runs/{wrong}/objects").status == 404


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "bnVsbA", "eyJvIjotMX0", "eyJvIjoxZTl9", "eyJvIjp0cnVlfQ", "%FF", "eyJ6IjoxfQ"]
)
def test_a_broken_cursor_is_refused_everywhere(ask: Asker, cursor: str) -> None:
    push(ask, table("shop.public.orders"))
    paths = ["search?q=x", "datasets?", "jobs?", "namespaces?", "feeds?", "impact?ref=orders", "history?ref=orders",
             "diff?", "runs?"]  # fmt: skip
    for path in paths:
        got = ask("GET", f"/api/v1/{path}&cursor={cursor}")
        assert (got.status, "cursor" in got.json["detail"]) == (400, True), (path, got.body)


def test_every_read_takes_any_name(ask: Asker) -> None:
    refs = [Ref("mysql://db:3306", join("shop", n)) for n in dict.fromkeys((*HOSTILE_NAMES, *CASES)) if "\0" not in n]
    refs += [Ref("urn:a/b?c#d", 'quote"d'), Ref("עברית", "שלום.עולם"), Ref("🦜", "🦜.🦜")]
    push(ask, *(Dataset(ref=r) for r in refs))
    known = {(i["ref"]["namespace"], i["ref"]["name"]) for i in pages(ask, "/api/v1/datasets?limit=20", "items")}
    assert known == {(r.namespace, r.name) for r in refs}
    for ref in refs:
        for below in ("", "/columns", "/history", "/lineage"):
            got = ask("GET", at(ref, below=below))
            assert got.status == 200, (ref, below, got.body)
        assert ask("GET", at(ref)).json["ref"] == {"namespace": ref.namespace, "name": ref.name}
        text = quote(str(ref), safe="")
        for path in ("show", "lineage", "impact", "history"):
            assert ask("GET", f"/api/v1/{path}?ref={text}").status in {200, 409}, (path, ref)
        for path in ("search", "suggest"):
            assert ask("GET", f"/api/v1/{path}?q={quote(ref.name, safe='')}").status in {200, 400}, (path, ref)
        assert ask("PUT", at(ref), {"kind": "view"}).status == 200
        assert ask("DELETE", at(ref)).status == 204
