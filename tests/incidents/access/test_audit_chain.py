"""The audit log: nobody edits it, and if somebody did, it is said which entry and how."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command as alembic
from click.testing import CliRunner
from sothat.commands.incidents import command
from sothat.incidents.keeping import erase, verify_audit
from sothat.incidents.roles import Caller, Role
from sothat.incidents.store.audit import DONE, Deed, record
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import configuration, migrate
from sothat.incidents.store.retention import Retention, let_go
from sothat.incidents.store.sealing import Mark, head, resealed, unguarded
from sothat.incidents.store.verifying import Verdict, verify
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ..conftest import both, furnished  # noqa: TID252 – tests of one tree
from .conftest import CONFIGURED, opened

WHO = Caller('some"body', Role.RESPONDER, subject="https://id.example.org 42")


class Log:
    """A store with an audit log."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = writer_engine(url)
        migrate(self.engine, url)

    @contextmanager
    def open(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def write(self, count: int, since: int = 0) -> None:
        with self.open() as connection:
            for number in range(since, since + count):
                detail = {"note": f'n{number} "ä"\0 \ud800', "share": 0.1, "more": [1, None]}
                deed = Deed(WHO, "note", number, detail, "0" * 64, f"key-{number}")
                record(Transaction(connection, number, rules=None), deed, DONE)  # type: ignore[arg-type]

    def tamper(self, *statements: str) -> None:
        with self.open() as connection, unguarded(connection):
            for statement in statements:
                connection.execute(text(statement))

    def verdict(self, *known: Mark) -> Verdict:
        with self.open() as connection:
            return verify(connection, known)

    def faults(self, *known: Mark) -> list[tuple[int, str]]:
        return [(fault.number, fault.what) for fault in self.verdict(*known).faults]


@pytest.fixture
def log(store_url: str) -> Iterator[Log]:
    made = Log(store_url)
    made.write(6)
    yield made
    made.engine.dispose()


@both
def test_the_database_refuses_to_change_or_remove_an_entry(log: Log) -> None:
    assert log.verdict().faults == ()
    assert log.verdict().entries == 6
    statements = [
        "UPDATE audit SET caller = '\"x\"' WHERE number = 3",
        "UPDATE audit SET digest = ''",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
        *(["TRUNCATE audit"] if log.engine.dialect.name == "postgresql" else []),
    ]
    for statement in statements:
        with pytest.raises(DBAPIError, match="neither changed nor removed"), log.open() as opened:
            opened.execute(text(statement))
    assert log.verdict().entries == 6
    log.write(1, since=6)
    assert log.faults() == []


EDITED = [
    f"UPDATE audit SET {change} WHERE number = 3"  # noqa: S608 – the changes below
    for change in (
        "caller = '\"x\"'",
        "role = 'admin'",
        "action = 'x'",
        "at = at + 1",
        "incident_id = 99",
        "incident_id = NULL",
        "outcome = 'refused'",
        "detail = '{}'",
        "idempotency_key = NULL",
        "request_digest = ''",
        "subject = '\"\"'",
    )
]


@pytest.mark.parametrize("statement", EDITED)
def test_an_edited_entry_is_named(log: Log, statement: str) -> None:
    log.tamper(statement)
    assert log.faults() == [(3, "was edited")]


@both
def test_what_was_removed_or_reordered_is_named(log: Log) -> None:
    before = log.verdict().head
    log.tamper("UPDATE audit SET id = -id", "UPDATE audit SET id = 7 + id")
    reordered = [
        (number, "does not stand where it was written: reordered") for number in range(2, 7)
    ]
    assert log.faults() == reordered
    log.tamper("UPDATE audit SET id = 7 - id + 100")
    assert log.faults() == []
    log.tamper("DELETE FROM audit WHERE number IN (2, 4, 5)")
    assert log.faults() == [(2, "was removed"), (4, "to 5 were removed")]
    log.tamper("DELETE FROM audit WHERE number = 6")
    assert log.faults()[-1] == (4, "to 6 were removed"), "the end is missed, too"
    assert (6, "is another one than when its mark was noted") not in log.faults(before)


def test_two_entries_that_have_changed_places_are_named(log: Log) -> None:
    log.tamper(
        "UPDATE audit SET number = -1 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 4",
        "UPDATE audit SET number = 4 WHERE number = -1",
    )
    found = dict(log.faults())
    assert {3, 4} <= set(found)


def _all_anew(connection: Connection) -> None:
    """Do what whoever owns the database can: seal all of it anew after an edit."""
    with resealed(connection):
        connection.execute(text("UPDATE audit SET action = 'x' WHERE number = 2"))


@both
def test_a_log_that_was_written_anew_no_longer_fits_what_was_noted(log: Log) -> None:
    noted = log.verdict().head
    log.write(2, since=6)
    assert log.faults(noted) == []
    with log.open() as connection:
        _all_anew(connection)
    assert log.faults() == [], "the chain alone cannot tell"
    assert log.faults(noted) == [(6, "is another one than when its mark was noted")]
    assert log.faults(Mark(99, "0" * 64)) == [(99, "was noted, and is not there")]


@both
def test_retention_takes_a_beginning_and_the_rest_is_verified(log: Log) -> None:
    keep = Retention(audit=0)
    with log.open() as connection:
        # Those before moment 4: the entries 1 to 4.
        assert not let_go(Transaction(connection, 4, rules=None), keep)  # type: ignore[arg-type]
    verdict = log.verdict()
    assert (verdict.entries, verdict.start.number, verdict.faults) == (2, 4, ())
    with pytest.raises(DBAPIError), log.open() as connection:
        connection.execute(text("DELETE FROM audit WHERE number = 5"))
    log.tamper(EDITED[0].replace("= 3", "= 5"))
    assert log.faults() == [(5, "was edited")]


def test_a_log_without_an_entry_is_verified_and_goes_on(log: Log) -> None:
    with log.open() as connection:
        let_go(Transaction(connection, 99, rules=None), Retention(audit=0))  # type: ignore[arg-type]
    assert (log.verdict().entries, log.faults()) == (0, [])
    log.write(2, since=7)
    assert (log.verdict().head.number, log.faults()) == (8, [])


def test_a_person_is_erased_and_the_entry_has_the_mark_from_before(log: Log) -> None:
    noted = log.verdict().head
    log.engine.dispose()
    erase(log.url, ["some"], "data protection", lambda: 10)
    with log.open() as connection:
        (detail,) = connection.execute(
            text("SELECT detail FROM audit ORDER BY id DESC LIMIT 1")
        ).one()
    assert json.loads(detail)["head_before"] == str(noted)
    assert log.faults() == []
    with pytest.raises(DBAPIError), log.open() as connection:
        connection.execute(text("DELETE FROM audit"))


@both
def test_entries_from_before_the_chain_are_sealed_as_they_are(store_url: str) -> None:
    engine = writer_engine(store_url)
    with engine.begin() as connection:
        alembic.upgrade(configuration(connection), "0007")
        for number in range(1, 4):
            row = "(:n, 1, '\"x\"', 'admin', 'note', 1, 'done', '{\"note\":\"\\u00e4\"}', NULL, '')"
            names = "id, at, caller, role, action, incident_id, outcome, detail, idempotency_key"
            query = f"INSERT INTO audit ({names}, request_digest) VALUES {row}"  # noqa: S608
            connection.exec_driver_sql(query.replace(":n", str(number)))
    migrate(engine, store_url)
    with engine.begin() as connection:
        assert verify(connection).faults == ()
        assert head(connection).number == 3
    engine.dispose()


def sothat(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(a) for a in arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return int(result.return_value or 0), result.output


def test_the_running_service_is_asked_in_a_terminal(tmp_path: Path) -> None:
    shared = opened(furnished(tmp_path / "data"))
    token = tmp_path / "token"
    token.write_text(CONFIGURED)
    ask = ("audit", "--verify", "--url", shared.url, "--token-file", token)
    shared.ask("POST", f"/api/v1/incidents/{shared.own}/acknowledge", json={"by": "x"})
    code, said = sothat(*ask)
    assert (code, "1 entries: as written" in said) == (0, True), said
    mark = said.strip().rpartition(" ")[2]
    assert sothat(*ask, "--mark", mark)[0] == 0
    code, said = sothat(*ask, "--mark", f"1:{'0' * 64}")
    assert (code, "is another one" in said) == (1, True)
    answer = shared.ask("GET", "/api/v1/audit/verification?mark=nonsense")
    assert answer.status_code == 400
    assert shared.running.stop() == 0
    url = f"sqlite:///{shared.running.data}/incidents/incidents.db"
    engine = writer_engine(url)
    with engine.begin() as connection, unguarded(connection):
        connection.execute(text("UPDATE audit SET action = 'close'"))
    engine.dispose()
    assert [fault.what for fault in verify_audit(url).faults] == ["was edited"]
