"""What is kept of people outside: as long as it is wanted, and no longer; on both databases."""

from collections.abc import Iterator

import pytest
from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Rules
from sothat.incidents.keeping import erase
from sothat.incidents.letters.seals import Seals
from sothat.incidents.reports_in.desk import Counter, refuse, take_in_report
from sothat.incidents.reports_in.report import Report, Sort, Standing, Way
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.letters import (
    SENT,
    Letter,
    claim_letter,
    letters_waiting,
    post,
    settle_letter,
    withdraw,
)
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.reports_in import add_line, lines, reports, waiting
from sothat.incidents.store.retention import Retention, let_go
from sothat.incidents.store.subscriptions import (
    add_subscription,
    confirmed,
    end_subscription,
    living,
)
from sothat.incidents.transaction import Transaction
from sothat.runtime.secrets import Secret
from sqlalchemy import Engine

from ..bench import DAY, T0  # noqa: TID252 – tests of one tree
from ..communication.books import OFFICE  # noqa: TID252 – likewise
from ..conftest import (  # noqa: TID252 – likewise
    both,
    database,
    policy_of_tests,
    postgresql,
    store_url,
)

__all__ = ["database", "postgresql", "store_url"]

COUNTER = Counter(OFFICE, Seals(Secret("k")))
TEXT = Text("s", "b")
REPORT = Report(0, 0, Way.FORM, Sort.BUG, "t", "by guest@example.org", "guest@example.org")


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    found = writer_engine(store_url)
    migrate(found, store_url)
    yield found
    found.dispose()


def at(engine: Engine, now: int, work: object) -> object:
    with engine.begin() as connection:
        transaction = Transaction(connection, now, Rules(policy_of_tests(), 0))
        return work(transaction)  # type: ignore[operator]


@both
def test_decided_reports_and_sent_letters_go_with_the_incidents(engine: Engine) -> None:
    old, new = (at(engine, now, lambda t: take_in_report(t, REPORT)) for now in (T0, T0 + 9 * DAY))
    third = at(engine, T0, lambda t: take_in_report(t, REPORT))
    at(engine, T0, lambda t: refuse(t, int(str(old)), "no", "x", COUNTER))
    at(engine, T0, lambda t: post(t, [Letter("email", "a@example.org", TEXT)] * 2))
    claimed = at(engine, T0, lambda t: claim_letter(t, DAY))
    at(engine, T0, lambda t: settle_letter(t, claimed.id, SENT))  # type: ignore[attr-defined]
    at(engine, T0 + 10 * DAY, lambda t: let_go(t, Retention(incidents=5 * DAY)))
    with engine.connect() as connection:
        assert [one.id for one in reports(connection, list(Standing), 9)] == [third, new]
        assert lines(connection, int(str(old))) == []
        assert (waiting(connection), letters_waiting(connection)) == (2, 1)


@both
def test_a_letter_is_claimed_once_and_again_when_its_lease_is_over(engine: Engine) -> None:
    at(engine, T0, lambda t: post(t, [Letter("email", "a@example.org", TEXT, {"X": "y"}, 7)]))
    first = at(engine, T0, lambda t: claim_letter(t, DAY))
    assert at(engine, T0 + 1, lambda t: claim_letter(t, DAY)) is None
    again = at(engine, T0 + DAY, lambda t: claim_letter(t, DAY))
    assert (first.attempt, again.attempt) == (1, 2)  # type: ignore[attr-defined]
    assert first.letter == again.letter == Letter("email", "a@example.org", TEXT, {"X": "y"}, 7)  # type: ignore[attr-defined]
    at(engine, T0 + DAY, lambda t: withdraw(t, 7))
    assert at(engine, T0 + 9 * DAY, lambda t: claim_letter(t, DAY)) is None


@both
def test_with_a_subscription_its_address_goes(engine: Engine) -> None:
    number = at(
        engine, T0, lambda t: add_subscription(t, "email", "a@example.org", ["d"], "confirmed")
    )
    with engine.connect() as connection:
        assert [one.id for one in confirmed(connection, "d")] == [number]
        assert confirmed(connection, "e") == []
    at(engine, T0, lambda t: end_subscription(t, int(str(number))))
    with engine.connect() as connection:
        assert (living(connection), confirmed(connection, "d")) == ([], [])
        assert "example" not in str(connection.exec_driver_sql("SELECT * FROM subscription").all())


@both
def test_a_person_is_put_out_of_what_was_reported(engine: Engine, store_url: str) -> None:
    number = at(engine, T0, lambda t: take_in_report(t, REPORT))
    at(
        engine,
        T0,
        lambda t: add_line(t, int(str(number)), "guest@example.org", "me, guest@example.org"),
    )
    engine.dispose()
    changed = erase(store_url, ["guest@example.org"], "x", lambda: T0)
    assert {"report_in", "report_line"} <= set(changed)
    with engine.connect() as connection:
        (found,) = reports(connection, list(Standing), 9)
        assert "guest" not in f"{found} {lines(connection, found.id)}"
