"""Told by itself: once, however many processes look; on both databases."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from sothat.incidents import events
from sothat.incidents.commands import carry_out
from sothat.incidents.communication.announcing import tell_by_itself
from sothat.incidents.communication.book import STATUS_PAGE
from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.incident import Rules
from sothat.incidents.store.announcements import announcements
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority
from sqlalchemy import Engine

from ..bench import MINUTE, T0  # noqa: TID252 – tests of one tree
from ..conftest import (  # noqa: TID252 – likewise
    alert,
    both,
    database,
    message,
    policy_of_tests,
    postgresql,
    store_url,
)
from .books import BOOK, OFFICE

__all__ = ["database", "postgresql", "store_url"]
EAGER = replace(BOOK.audiences[STATUS_PAGE], automatic=(Priority.P1, Priority.P2))
AUDIENCES = MappingProxyType({**BOOK.audiences, STATUS_PAGE: EAGER})
EAGER_OFFICE = replace(OFFICE, book=replace(BOOK, after=2 * MINUTE, audiences=AUDIENCES))


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    found = writer_engine(store_url)
    migrate(found, store_url)
    yield found
    found.dispose()


def at(engine: Engine, minutes: int, work: Callable[[Transaction], Any]) -> Any:
    with engine.begin() as connection:
        rules = Rules(policy_of_tests(), 0, identity=("alertname", "drill"))
        return work(Transaction(connection, T0 + minutes * MINUTE, rules))


def tell(engine: Engine, minutes: int) -> int:
    return int(at(engine, minutes, lambda t: tell_by_itself(t, EAGER_OFFICE)))


@both
def test_the_beginning_and_the_end_are_told_once_each(engine: Engine) -> None:
    alerts = (alert("DoorSilent"), alert("DoorSilent", drill="d"), alert("Ours"), alert("Else"))
    body = json.dumps(message(*alerts)).encode()
    at(engine, 0, lambda t: take_in(t, [read_delivery(body)]))
    assert tell(engine, 1) == 0, "it may be over before anybody notices"
    # What another process does comes later in the store: it finds that it was said.
    assert [tell(engine, 3) for _ in range(2)] == [1, 0]
    for number in (1, 2, 3, 4):
        at(engine, 4, lambda t, n=number: carry_out(t, n, events.Resolve("x")))
    assert [tell(engine, 5) for _ in range(2)] == [1, 0]
    at(engine, 6, lambda t: carry_out(t, 1, events.Reopen("x")))
    assert [tell(engine, 7) for _ in range(2)] == [1, 0], "it has come back"
    with engine.connect() as connection:
        kinds = [str(one.kind) for one in announcements(connection, 1)]
        assert kinds == ["initial", "resolution", "initial"]
        assert not any(announcements(connection, number) for number in (2, 3, 4))
