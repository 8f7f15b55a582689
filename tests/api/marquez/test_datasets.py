"""Datasets, their versions and tags."""

from tests.api.marquez.conftest import Marquez, event, quoted, table

from strabo.model.records import Column, Dataset, Description, Ownership, SameAs, Stats, Tag, Tags
from strabo.model.ref import Ref

BODY = {
    "type": "DB_TABLE",
    "physicalName": "public.orders",
    "sourceName": "warehouse",
    "fields": [{"name": "id", "type": "INTEGER", "tags": ["KEY"], "description": "which"}, {"name": "amount"}],
    "tags": ["PII"],
    "description": "what was bought",
}
PATH = "/namespaces/shop/datasets/orders"


def test_a_dataset_is_put_and_read(marquez: Marquez) -> None:
    put = marquez("PUT", PATH, BODY)
    assert put.status == 200
    found = marquez.get(PATH)
    assert put.json == found
    assert found["id"] == {"namespace": "shop", "name": "orders"}
    assert (found["type"], found["name"], found["physicalName"]) == ("DB_TABLE", "orders", "public.orders")
    assert (found["namespace"], found["sourceName"], found["description"]) == ("shop", "warehouse", "what was bought")
    assert found["fields"] == [
        {"name": "id", "type": "INTEGER", "tags": ["KEY"], "description": "which"},
        {"name": "amount", "type": None, "tags": [], "description": None},
    ]
    assert (found["tags"], found["deleted"], found["columnLineage"]) == (["PII"], False, [])
    assert found["createdAt"].endswith("Z")
    assert found["facets"]["schema"]["fields"][0]["name"] == "id"


def test_the_last_word_counts_whichever_door_it_came_through(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez.push(event("reader", 1, at="2099-01-01T00:00:00Z", inputs=("orders",)))
    assert [f["name"] for f in marquez.get(PATH)["fields"]] == ["id", "amount"]  # to be read changes nothing
    marquez.push(event("writer", 2, at="2099-01-02T00:00:00Z", outputs=(table("orders", "id", "price"),)))
    assert [f["name"] for f in marquez.get(PATH)["fields"]] == ["id", "price"]


def test_a_stream_is_one(marquez: Marquez) -> None:
    body = {**BODY, "type": "STREAM", "schemaLocation": "http://registry.example/1"}
    assert marquez("PUT", "/namespaces/shop/datasets/clicks", body).json["type"] == "STREAM"
    assert marquez.catalog.get("shop:clicks").kind == "stream"


def test_what_was_pulled_is_shown_beside_what_was_pushed(marquez: Marquez) -> None:
    ref = Ref("postgres://db:5432", "shop.public.orders")
    other = Ref("dbt", "orders")
    column = Column(name="address", type="address", fields=(Column(name="city", type="text"),))
    marquez.catalog.put(
        [
            Dataset(ref=ref, columns=(column,), comment="from the source"),
            Description(ref=ref, text="by a person"),
            Description(ref=ref, text="where", column="address.city"),
            Tags(ref=ref, tags=(Tag(name="gold"), Tag(name="pii", column="address.city"))),
            Ownership(ref=ref),
            Stats(ref=ref, rows=3),
            SameAs(ref=other, other=ref),
        ],
        feed="db",
    )
    found = marquez.get(f"/namespaces/{quoted(ref.namespace)}/datasets/{quoted(ref.name)}")
    assert (found["description"], found["tags"]) == ("by a person", ["gold"])
    assert found["fields"][1] == {"name": "address.city", "type": "text", "tags": ["pii"], "description": "where"}
    assert found["sourceName"] == ref.namespace
    assert marquez.get("/namespaces/dbt/datasets/orders")["id"] == found["id"]  # another name of it
    listed = marquez.get(f"/namespaces/{quoted(ref.namespace)}/datasets")
    assert (listed["totalCount"], listed["datasets"][0]["id"]) == (1, found["id"])
    assert marquez.get("/namespaces/dbt/datasets") == {"datasets": [], "totalCount": 0}


def test_lists_come_in_pages(marquez: Marquez) -> None:
    for n in range(7):
        marquez("PUT", f"/namespaces/shop/datasets/t{n}", BODY)
    first = marquez.get("/namespaces/shop/datasets?limit=3")
    assert ([d["name"] for d in first["datasets"]], first["totalCount"]) == (["t0", "t1", "t2"], 7)
    assert [d["name"] for d in marquez.get("/namespaces/shop/datasets?limit=3&offset=6")["datasets"]] == ["t6"]
    assert marquez.get("/namespaces/shop/datasets?limit=0")["datasets"] == []
    assert marquez.get("/namespaces/nowhere/datasets") == {"datasets": [], "totalCount": 0}


def test_versions_are_what_was_said_before(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez("PUT", PATH, {**BODY, "fields": [{"name": "id", "type": "BIGINT"}]})
    marquez("PUT", PATH, {**BODY, "fields": [{"name": "id", "type": "BIGINT"}]})
    answer = marquez.get(f"{PATH}/versions")
    versions = answer["versions"]
    assert (answer["totalCount"], [v["fields"][0]["type"] for v in versions]) == (2, ["BIGINT", "INTEGER"])
    assert versions[0]["version"] == marquez.get(PATH)["currentVersion"] == versions[0]["id"]["version"]
    for version in versions:
        assert marquez.get(f"{PATH}/versions/{version['version']}") == version
    assert len(marquez.get(f"{PATH}/versions?limit=1&offset=1")["versions"]) == 1
    missing = marquez("GET", f"{PATH}/versions/0198d0d0-0000-7000-8000-000000000000")
    assert (missing.status, missing.json["code"]) == (404, 404)
    assert "has no version" in missing.json["message"]


def test_a_version_names_the_run_that_made_it(shop: Marquez) -> None:
    (version,) = shop.get("/namespaces/shop/datasets/revenue/versions")["versions"]
    assert version["createdByRun"]["state"] == "FAILED"
    assert version["createdByRun"]["jobVersion"]["name"] == "sum"


def test_tags_come_and_go(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    assert marquez("POST", f"{PATH}/tags/gold").json["tags"] == ["PII", "gold"]
    assert marquez("POST", f"{PATH}/tags/gold").json["tags"] == ["PII", "gold"]
    assert marquez("DELETE", f"{PATH}/tags/PII").json["tags"] == ["gold"]
    tagged = marquez("POST", f"{PATH}/fields/amount/tags/money")
    assert [f["tags"] for f in tagged.json["fields"]] == [["KEY"], ["money"]]
    assert marquez("DELETE", f"{PATH}/fields/amount/tags/money").json["fields"][1]["tags"] == []
    for last in ("tags/gold", "fields/id/tags/KEY"):
        assert marquez("DELETE", f"{PATH}/{last}").status == 200
    assert marquez("DELETE", f"{PATH}/tags/never").status == 200
    wrong = marquez("POST", f"{PATH}/fields/nothing/tags/money")
    assert (wrong.status, wrong.json["message"]) == (404, "shop:orders has no field 'nothing'")


def test_a_tag_that_another_feed_gives_is_not_taken_away(marquez: Marquez) -> None:
    marquez.catalog.put([Dataset(ref=Ref("shop", "orders")), Tags(ref=Ref("shop", "orders"), tags=(Tag(name="gold"),))])
    refused = marquez("DELETE", f"{PATH}/tags/gold")
    assert (refused.status, refused.json["code"]) == (409, 409)
    assert "comes from manual" in refused.json["message"]


def test_a_name_that_the_pages_did_not_quote(marquez: Marquez) -> None:
    marquez.push(event("load", 1, outputs=("a/b", "a/b/tags/c")), event("dir/job", 2))
    base = "/namespaces/shop/datasets/a/b"
    assert marquez("POST", f"{base}/tags/gold").json["tags"] == ["gold"]
    assert marquez("DELETE", f"{base}/tags/gold").json["tags"] == []
    assert marquez("DELETE", f"{base}/tags/c").json["name"] == "a/b/tags/c"  # an object of the whole name comes first
    assert marquez("DELETE", base).json["name"] == "a/b"
    assert marquez("DELETE", base).status == 404
    assert marquez("POST", "/namespaces/shop/jobs/dir/job/tags/x").json["tags"] == ["x"]
    assert marquez("DELETE", "/namespaces/shop/jobs/dir/job/tags/x").json["tags"] == []
    assert marquez("DELETE", "/namespaces/shop/jobs/dir/job").status == 200
    for what in ("datasets", "jobs"):
        assert marquez("POST", f"/namespaces/shop/{what}/a/b").status == 404


def test_one_name_can_be_a_dataset_and_a_job(marquez: Marquez) -> None:
    marquez("PUT", PATH, BODY)
    marquez("PUT", "/namespaces/shop/jobs/orders", {"type": "BATCH", "inputs": [], "outputs": []})
    assert marquez.get(PATH)["fields"]
    assert marquez.get("/namespaces/shop/jobs/orders")["type"] == "BATCH"


def test_a_dataset_that_is_only_mentioned_is_there(marquez: Marquez) -> None:
    made = table("orders", "id", made_of={"id": ("somewhere", "id")})
    marquez.push(event("load", 1, outputs=(made,)))
    found = marquez.get("/namespaces/shop/datasets/somewhere")
    assert (found["fields"], found["deleted"]) == ([], False)
    assert marquez("GET", "/namespaces/shop/datasets/load").status == 404  # a job


def test_column_lineage_is_said(shop: Marquez) -> None:
    found = shop.get(PATH)
    assert {c["name"]: [(i["dataset"], i["field"]) for i in c["inputFields"]] for c in found["columnLineage"]} == {
        "id": [("raw", "id")],
        "amount": [("raw", "cents")],
    }
    assert found["columnLineage"][0]["inputFields"][0]["transformationType"] == "IDENTITY"
    assert found["lastModifiedAt"] == "2026-11-02T03:00:05.000000Z"
