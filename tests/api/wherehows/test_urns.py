"""URNs and Refs: nothing is lost either way, and a configured server is where it should be."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strabo.api.wherehows.jobs import app_namespace, flow_ref, job_ref, split_job
from strabo.api.wherehows.urns import Naming, Place, object_ref, ref_of, urn_of
from strabo.errors import BadRecord
from strabo.model import naming
from strabo.model.ref import Ref

MAPPED = Naming(
    schemes={
        "hdfs": "hdfs://nn.example:8020",
        "oracle": Place("oracle://db.example:1521", "ORCL"),
        "hive@EI": "hive://test.example:10000",
        "teradata": "teradata://td.example",
    },
    databases={
        "DWH": "teradata://td.example:1025",
        "10": "hdfs://nn.example:8020",
        "ORA": Place("oracle://o:1521", "X"),
    },
    apps={"AZ": "azkaban-prod", "301": "azkaban-prod"},
)


@pytest.mark.parametrize(
    ("urn", "namespace", "name"),
    [
        ("hdfs:///data/tracking/x", "hdfs", "/data/tracking/x"),
        ("teradata:///DWH/Orders", "teradata", "DWH.Orders"),
        ("oracle:///SCOTT/EMP", "oracle", "SCOTT.EMP"),
        ("hive:///db/table", "hive", "db.table"),
        ("dalids:///db/view_1_2", "dalids", "db.view_1_2"),
        ("kafka:///page.views", "kafka", "page.views"),
        ("mysql:///db/my.table", "mysql", 'db."my.table"'),
        ("postgresql:///shop/public/orders", "postgres", "shop.public.orders"),
        ("s3:///bucket/a/b", "s3://bucket", "a/b"),
        ("hdfs://nn:8020/data/x", "hdfs://nn:8020", "/data/x"),
        ("postgres://db/shop.public.orders", "postgres://db:5432", "shop.public.orders"),
        ("urn:li:dataset:(urn:li:dataPlatform:hive,db.table,PROD)", "hive", "db.table"),
        ("urn:li:dataset:(urn:li:dataPlatform:oracle,/SCOTT/EMP,PROD)", "oracle", "SCOTT.EMP"),
        ("urn:li:dataset:(urn:li:dataPlatform:hdfs,/a,(b),PROD)", "hdfs", "/a,(b)"),
        ("urn:li:dataset:(urn:li:dataPlatform:hive,db.table,ei)", "hive:EI", "db.table"),
    ],
)
def test_a_urn_is_a_ref(urn: str, namespace: str, name: str) -> None:
    assert ref_of(urn) == Ref(namespace, name)


@pytest.mark.parametrize(
    ("urn", "namespace", "name"),
    [
        ("hdfs:///data/x", "hdfs://nn.example:8020", "/data/x"),
        ("oracle:///SCOTT/EMP", "oracle://db.example:1521", "ORCL.SCOTT.EMP"),
        ("teradata:///DWH/Orders", "teradata://td.example:1025", "DWH.Orders"),
        ("hive:///db/t", "hive", "db.t"),
        ("urn:li:dataset:(urn:li:dataPlatform:hive,db.t,EI)", "hive://test.example:10000", "db.t"),
    ],
)
def test_a_configured_server_is_in_the_ref_and_out_of_the_urn(urn: str, namespace: str, name: str) -> None:
    assert ref_of(urn, MAPPED) == Ref(namespace, name)
    assert urn_of(Ref(namespace, name), MAPPED) == urn


def test_the_unmapped_namespace_is_left_alone_by_naming() -> None:
    for scheme in ("hdfs", "teradata", "oracle", "hive", "kafka", "hive:EI"):
        assert naming.normal_namespace(scheme) == scheme


@pytest.mark.parametrize("urn", ["", "orders", "hdfs:/x", "hive:///", "://x", "urn:li:dataset:(x)", "kafka:///", "s3:///",
                                 "strabo:///x", "strabo://h/x/y", "9x:///a"])  # fmt: skip
def test_what_is_no_urn_is_refused(urn: str) -> None:
    with pytest.raises(BadRecord, match="no dataset URN") as caught:
        ref_of(urn)
    assert "hdfs:///path" in caught.value.fix


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
hostile = st.one_of(
    text,
    st.sampled_from(["a.b", 'say "hi"', "a/b", "ÄÖ", "שלום", "🦆", "x,y)", "Orders", "ORDERS", " ", "%2F", "a//b"]),
)
namespaces = st.sampled_from(
    ["hdfs", "hive", "teradata", "postgres://db:5432", "hdfs://nn:8020", "kafka", "kafka://k:9092", "s3://bucket",
     "file", "hive:EI", "hdfs:EI", "sqlite:///tmp/a b.db", "bigquery", "oracle://db.example:1521", "hdfs://nn.example:8020",
     "weird name", "a:b:c", "strabo"]
)  # fmt: skip


@given(namespaces, st.lists(hostile, min_size=1, max_size=4), st.booleans(), st.sampled_from([Naming(), MAPPED]))
@example("hive", ["a/b"], True, Naming())
@example("oracle://db.example:1521", ["ORCL"], True, MAPPED)
def test_every_ref_comes_back_from_its_urn(namespace: str, parts: list[str], joined: bool, names: Naming) -> None:
    name = naming.join(*parts) if joined else "/".join(parts)
    ref = naming.normal(Ref(namespace, name))
    assert ref_of(urn_of(ref, names), names) == ref


segment = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=8)


@given(
    st.sampled_from(["hdfs", "hive", "teradata", "oracle", "mysql", "kafka", "dalids"]),
    st.lists(segment, min_size=1, max_size=4),
)
def test_every_urn_comes_back_from_its_ref(scheme: str, segments: list[str]) -> None:
    urn = f"{scheme}:///{'/'.join(segments)}"
    assert urn_of(ref_of(urn)) == urn


@given(st.lists(segment, min_size=2, max_size=2, unique=True))
def test_two_urns_are_two_refs(names: list[str]) -> None:
    one, other = (ref_of(f"hive:///db/{name}") for name in names)
    assert one != other


# --- rows of lineage


@pytest.mark.parametrize(
    ("name", "given", "namespace", "found"),
    [
        ("/DWH/ORDERS", {"database": "DWH"}, "teradata://td.example:1025", "DWH.ORDERS"),
        ("DWH.ORDERS", {"database": "DWH"}, "teradata://td.example:1025", "DWH.ORDERS"),
        ("S.T", {"database": "ORA"}, "oracle://o:1521", "X.S.T"),
        ("/data/x", {"db_id": 10}, "hdfs://nn.example:8020", "/data/x"),
        ("/data/x", {"storage": "HDFS"}, "hdfs://nn.example:8020", "/data/x"),
        ("/db/t", {"database": "hive"}, "hive", "db.t"),
        ("/a/b", {"database": "elsewhere", "db_id": 7}, "wherehows-db:elsewhere", "/a/b"),
        ("/a/b", {"db_id": 7}, "wherehows-db:7", "/a/b"),
        ("/a/b", {}, "wherehows-db:unknown", "/a/b"),
        ("hive:///db/t", {"database": "DWH"}, "hive", "db.t"),
    ],
)
def test_a_row_of_lineage_means(name: str, given: dict[str, object], namespace: str, found: str) -> None:
    said = {"database": "", "db_id": 0, "storage": "", **given}
    assert object_ref(name, names=MAPPED, **said) == Ref(namespace, found)  # type: ignore[arg-type]


# --- jobs


def test_jobs_live_under_their_application() -> None:
    assert app_namespace("AZ", 0, MAPPED) == app_namespace("", 301, MAPPED) == "azkaban-prod"
    assert app_namespace("Other", 5) == "Other"
    assert app_namespace("", 5) == "app-5"
    assert flow_ref("az", "proj:flow") == Ref("az", "proj:flow")
    assert job_ref("az", "proj:flow", "load") == Ref("az", "proj:flow/load")
    assert job_ref("az", "", "load") == Ref("az", "load")
    assert job_ref("az", "proj:flow", "") == flow_ref("az", "proj:flow")


def test_an_application_must_be_named() -> None:
    with pytest.raises(BadRecord, match="no application") as caught:
        app_namespace("", 0)
    assert caught.value.where == "app_name"


@given(text, st.one_of(text, st.text('/"a', min_size=1, max_size=6)))
@example("a", '"')
@example('x/"', 'b/c"')
def test_a_job_comes_back_from_its_ref(flow: str, job: str) -> None:
    assert split_job(job_ref("az", flow, job).name) == (flow, job)


def test_no_two_jobs_share_a_name() -> None:
    assert job_ref("az", "a/b", "c") != job_ref("az", "a", "b/c")
