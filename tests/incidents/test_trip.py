"""Statements that travel together to PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.incidents.store import trip
from sothat.incidents.store.bulk import Read, Write, bulk
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.pipelined import Pipelined
from sothat.incidents.store.postgresql import _Opening
from sothat.incidents.store.tables import MESSAGE
from sothat.incidents.store.trip import Statement, Texts, Trips
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, InternalError

from .conftest import both, fresh_database


@pytest.fixture(scope="module")
def url(postgresql: Any) -> str:
    return fresh_database(postgresql)


@pytest.fixture
def driver(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url) as connection:
        yield connection


@pytest.fixture
def ask(driver: psycopg.Connection[Any]) -> Callable[..., bytes | None]:
    """Return what gives the one value that a statement answers."""
    trips = Trips()
    return lambda text, *given: trips.go(driver, [Statement(text, given)])[0].get_value(0, 0)


def test_each_has_its_answer_and_is_prepared_once(driver: psycopg.Connection[Any]) -> None:
    trips = Trips()
    for number in (1, 2):
        asked = [Statement("SELECT $1::int + 1", [number]), Statement("SELECT $1::text", [None])]
        found = trips.go(driver, asked)
        assert [one.get_value(0, 0) for one in found] == [b"%d" % (number + 1), None]
    names = driver.execute("SELECT statement FROM pg_prepared_statements ORDER BY 1").fetchall()
    assert names == [("BEGIN",), ("SELECT $1::int + 1",), ("SELECT $1::text",)]
    driver.rollback()


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_any_list_arrives_as_it_is(postgresql: Any, items: list[str]) -> None:
    with psycopg.connect(_shared(postgresql)) as driver:
        trips = Trips()
        found = trips.go(driver, [Statement("SELECT to_json($1::text[])::text", [items])])
        value = driver.execute("SELECT to_json(%s::text[])::text", [items]).fetchone()
        assert value is not None
        assert (found[0].get_value(0, 0) or b"").decode() == value[0]


def _shared(server: Any) -> str:
    return f"postgresql://tester@127.0.0.1:{server.port}/postgres"


def test_bytes_go_in_lists_as_they_are(ask: Callable[..., bytes | None]) -> None:
    items = [b"", b"\0\xff", b'{"a": 1}', b"x" * 100_000]
    found = ask("SELECT string_agg(encode(b, 'hex'), '-') FROM unnest($1::bytea[]) AS b", items)
    assert found == b"-".join(one.hex().encode() for one in items)


def test_encoded_texts_go_in_lists_as_they_are(ask: Callable[..., bytes | None]) -> None:
    items = [b"", b'"\\u0000"', b'{"a":"b,c"}', b"NULL", b"x" * 100_000]
    found = ask("SELECT string_agg(t, '-') FROM unnest($1::text[]) AS t", Texts(items))
    assert found == b"-".join(items)


def test_numbers_go_in_lists_too(ask: Callable[..., bytes | None]) -> None:
    assert ask("SELECT 2 = ANY($1::bigint[])", [1, 2]) == b"t"
    assert ask("SELECT 2 = ANY($1::bigint[])", []) == b"f"


def test_a_nul_is_refused_rather_than_the_end(ask: Callable[..., bytes | None]) -> None:
    with pytest.raises(psycopg.DataError, match="NUL"):
        ask("SELECT $1::text", "a\0b")
    assert ask("SELECT $1::text", "still open") == b"still open"


def test_the_first_failure_is_told_and_the_connection_goes_on(
    driver: psycopg.Connection[Any],
) -> None:
    trips = Trips()
    with pytest.raises(psycopg.errors.DivisionByZero):
        trips.go(driver, [Statement("SELECT 1"), Statement("SELECT 1/0"), Statement("nonsense")])
    driver.rollback()
    assert trips.go(driver, [Statement("SELECT 7")])[0].get_value(0, 0) == b"7"


def test_more_than_one_network_buffer_in_both_directions(driver: psycopg.Connection[Any]) -> None:
    large = "x" * 5_000_000
    found = Trips().go(driver, [Statement("SELECT $1::text", [large])] * 3)
    assert [one.get_value(0, 0) == large.encode() for one in found] == [True] * 3


def test_beyond_its_memory_it_plans_each_time(
    driver: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trip, "_MOST_PREPARED", 2)
    trips = Trips()
    for number in range(5):
        assert trips.go(driver, [Statement(f"SELECT {number}")])[0].get_value(0, 0) == (
            b"%d" % number
        )
    found = driver.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert found == (2,)


def test_a_server_that_ends_the_connection_is_an_operational_error(
    url: str, driver: psycopg.Connection[Any]
) -> None:
    trips = Trips()
    trips.go(driver, [Statement("SELECT 1")])
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [driver.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        trips.go(driver, [Statement("SELECT 1")])
    assert driver.closed


def test_a_commit_that_the_server_turns_into_a_rollback_is_none(url: str) -> None:
    engine = writer_engine(url)
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1/0"))
        with pytest.raises(InternalError, match="rolled back"):
            connection.commit()
    with engine.begin() as connection:
        assert Pipelined(connection).read([Read("SELECT 5 AS five")]) == [[(5,)]]
    engine.dispose()


def test_what_a_rollback_has_made_the_server_forget_is_prepared_anew(url: str) -> None:
    """psycopg answers a rollback with DEALLOCATE ALL once it has prepared anything itself."""
    engine = writer_engine(url)
    for _ in range(3):
        with engine.connect() as connection:
            for _ in range(7):
                connection.execute(text("SELECT 1"))
            assert Pipelined(connection).read([Read("SELECT 5 AS five")]) == [[(5,)]]
            with pytest.raises(DBAPIError), connection.begin_nested():
                connection.execute(text("SELECT 1/0"))
            assert Pipelined(connection).read([Read("SELECT 5 AS five")]) == [[(5,)]]
            connection.rollback()
    engine.dispose()


@pytest.mark.parametrize("begun", [False, True])
def test_a_connection_that_is_lost_in_a_transaction_is_a_database_s_error(
    url: str, *, begun: bool
) -> None:
    """So the sender gets a 503, and the next transaction has a connection of its own."""
    engine = writer_engine(url)

    def pid() -> int:
        with engine.begin() as connection:
            [[(found,)]] = Pipelined(connection).read([Read("SELECT pg_backend_pid() AS p")])
            return int(found)

    def lose() -> None:
        with engine.begin() as connection:
            if begun:
                Pipelined(connection).read([Read("SELECT 1 AS one")])
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
            Pipelined(connection).read([Read("SELECT 1 AS one")])

    before = pid()
    with pytest.raises(DBAPIError) as raised:
        lose()
    assert raised.value.connection_invalidated
    assert pid() != before
    engine.dispose()


@both
def test_rows_are_written_as_they_are(store_url: str) -> None:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    kept = {"received_at": 1, "source": "s", "outcome": "rejected"}
    rows = [
        {"id": number, **kept, "body": body, "problems": [problem]}
        for number, (body, problem) in enumerate([(b"\0\xff", "\0"), (b"", "\ud800é"), (b"{}", "")])
    ]
    with engine.begin() as connection:
        bulk(connection).write([Write(MESSAGE, rows)])
        bulk(connection).write([Write(MESSAGE, [{"id": 2, "body": b"changed"}], update=True)])
    with engine.connect() as connection:
        found = [dict(row._mapping) for row in connection.execute(select(MESSAGE).order_by("id"))]
    assert found == [*rows[:2], {**rows[2], "body": b"changed"}]
    engine.dispose()


def test_plans_are_made_anew_as_the_tables_grow_and_not_where_nothing_is_written() -> None:
    now = 0.0
    opening = _Opening(lambda: now)
    planned = []
    for number in range(20_000):
        if "DISCARD PLANS" in opening.statements():
            planned.append(number)
        opening.wrote(10)
    # Each time there are at most twice as many rows as when the plan was made, and a few.
    pairs = zip([0, *planned], [*planned, 20_000], strict=True)
    assert all(later <= 2 * earlier + 50 for earlier, later in pairs)
    assert len(planned) < 12
    now = 100.0
    assert "DISCARD PLANS" in opening.statements()
    assert all("DISCARD PLANS" not in opening.statements() for _ in range(100))
    now = 1000.0
    assert "DISCARD PLANS" not in opening.statements()
