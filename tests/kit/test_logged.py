"""Queries of a log, gathered."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from strabo.kit.logged import LAST, Logged, QueryLog
from strabo.model.records import Definition, Job, JobRun, Record, Skipped, Usage

PG = "postgres://db:5432"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def gathered(*logged: Logged, **more: int | bool) -> list[Record]:
    log = QueryLog(PG, "postgres", **more)  # type: ignore[arg-type]
    for one in logged:
        log.add(one)
    return list(log.records())


def test_queries_that_differ_in_literals_are_one_job_that_ran_often() -> None:
    said = gathered(
        Logged(text="select a from t where b = 1", user="ann", at=NOON, duration_ms=10),
        Logged(text="select a  from t where b = 2;", user="bob", at=NOON + DAY, duration_ms=20.5),
        Logged(text="SELECT a from t where b = 2", user="bob"),
    )
    jobs = [r for r in said if isinstance(r, Job)]
    assert [job.kind for job in jobs] == ["query", "query"], "upper case is another text"
    usages = [r for r in said if isinstance(r, Usage)]
    assert [(u.start, u.end, u.queries, u.users) for u in usages] == [
        (NOON.replace(hour=0), NOON.replace(hour=0) + DAY, 1, {"ann": 1}),
        (NOON.replace(hour=0) + DAY, NOON.replace(hour=0) + 2 * DAY, 1, {"bob": 1}),
    ]
    (last,) = [r for r in said if isinstance(r, JobRun)]
    assert (last.id, last.started_at) == (LAST, NOON + DAY)
    assert last.ended_at == NOON + DAY + timedelta(milliseconds=20.5)
    assert {r.text for r in said if isinstance(r, Definition)} == {
        "select a from t where b = 0",
        "SELECT a from t where b = 0",
    }


def test_a_server_that_only_counts_has_one_window_since_then() -> None:
    (usage,) = [
        r for r in gathered(Logged(text="select 1", at=NOON, since=NOON - 9 * DAY, count=40)) if isinstance(r, Usage)
    ]
    assert (usage.start, usage.end, usage.queries) == (NOON - 9 * DAY, NOON, 40)


def test_when_the_last_time_was_is_only_said_where_somebody_knows() -> None:
    runs = [
        [r for r in gathered(one) if isinstance(r, JobRun)]
        for one in (
            Logged(text="select a", at=NOON),
            Logged(text="select a", at=NOON, since=NOON - DAY, about=True),
            Logged(text="select a"),
        )
    ]
    assert [[(r.started_at, r.ended_at) for r in found] for found in runs] == [[(NOON, None)], [], []]


def test_what_only_steers_a_session_is_no_query() -> None:
    texts = ["COMMIT", "begin;", "set x = 1", "SHOW TABLES", "use shop", "begin; insert into t select a from u"]
    said = gathered(*(Logged(text=text) for text in texts))
    assert [r.text for r in said if isinstance(r, Definition)] == ["begin; insert into t select a from u"]


def test_who_writes_a_routine_down_does_not_run_it() -> None:
    texts = [
        "create or replace function f() returns int as $$ insert into t select a from u; select 1 $$ language sql",
        "CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN INSERT INTO t SELECT a FROM u; END",
        "CREATE DEFINER = `a` @ `b` PROCEDURE `p` ( ) BEGIN",
        "alter role ann password 'x'",
        "create table procedures as select a from u",
    ]
    said = gathered(*(Logged(text=text) for text in texts))
    assert [r.text for r in said if isinstance(r, Definition)] == texts[-1:]


def test_the_same_text_in_two_databases_is_two_queries() -> None:
    both = gathered(Logged(text="select 1", database="a"), Logged(text="select 1", database="b"))
    jobs = [r for r in both if isinstance(r, Job)]
    assert len(jobs) == 2
    assert {job.properties["database"] for job in jobs} == {"a", "b"}
    assert not any(job.ref.name.startswith(("a.", "b.")) for job in jobs), "in no database's scope"


def test_what_is_too_much_is_left_out_and_said() -> None:
    said = gathered(*(Logged(text=f"select c{i}") for i in range(5)), Logged(text="x" * 99), most=3, longest=50)
    assert sum(isinstance(r, Job) for r in said) == 3
    assert [r.reason for r in said if isinstance(r, Skipped)] == [
        "1 left out: longer than 50 characters",
        "2 left out: more than 3 different queries",
    ]


def test_literals_stay_only_where_that_was_asked_for() -> None:
    (text,) = [r.text for r in gathered(Logged(text="select 'x' ;"), mask=False) if isinstance(r, Definition)]
    assert text == "select 'x'"


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.sampled_from(["", "u", "v"])), max_size=12),
    st.randoms(),
)
def test_the_order_of_a_log_makes_no_difference(lines: list[tuple[str, int, str]], random: Random) -> None:
    logged = [Logged(text=f"select {c} from t", at=NOON + h * timedelta(hours=7), user=u) for c, h, u in lines]
    shuffled = logged[:]
    random.shuffle(shuffled)
    assert gathered(*shuffled) == gathered(*logged)
