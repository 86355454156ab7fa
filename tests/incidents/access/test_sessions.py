"""When sessions end: after their time, unused, with their token, with what was granted."""

import asyncio
from collections.abc import Iterator

import pytest
from sothat.incidents.access.grants import Grant, Person
from sothat.incidents.access.scope import Scope
from sothat.incidents.roles import Role
from sothat.incidents.settings.sessions import SessionRules
from sothat.incidents.store import sessions
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.sessions import Session
from sothat.incidents.store.tables import SESSION
from sothat.incidents.store.tokens import KnownToken, add_token, revoke_token
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.gate import Gate, Keys, digest_of
from sothat.incidents.web.tries import Tries
from sqlalchemy import Engine, func, select

from ..conftest import both  # noqa: TID252 – tests of one tree

RULES = SessionRules(lasts=1000, idle=640)
PERSON = Person("issuer subject", "somebody", {"groups": ("a",)})
GRANT = Grant("groups", "a", Role.VIEWER, Scope(clients=("a",)))


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    yield engine
    engine.dispose()


class Door:
    """A gate whose clock stands still, and a session that began at 0."""

    def __init__(self, store: Engine, *grants: Grant) -> None:
        self.now, self.used, self.store = 0, [], store  # type: ignore[var-annotated]
        keys = Keys(None, None, "client", grants, RULES)
        tries = Tries(lambda: 0.0)
        self.gate = Gate(keys, store, tries, lambda: self.now, lambda: None, self.used.append)

    def do(self, work: object, *arguments: object) -> None:
        with self.store.begin() as connection:
            work(Transaction(connection, self.now, None), *arguments)  # type: ignore[operator, arg-type]

    def begin(self, cookie: str, session: Session) -> None:
        self.do(sessions.begin, digest_of(cookie), session, RULES.idle)

    def who(self, cookie: str, now: int) -> str | None:
        self.now = now
        found = asyncio.run(self.gate.session(cookie))
        return found.name if found else None


@both
def test_a_session_ends_after_its_time_and_unused(store: Engine) -> None:
    door = Door(store, GRANT)
    door.begin("one", Session("", PERSON, 1000))
    assert door.who("one", 639) == "somebody"
    assert door.used == [digest_of("one")]
    assert door.who("other", 1) is None
    assert door.who("one", 640) is None, "nobody has used it since"
    door.now = 600
    door.do(sessions.use, digest_of("one"))
    assert door.who("one", 999) == "somebody"
    assert door.who("one", 1000) is None, "however much it was used"


def test_a_use_is_noted_now_and_then_not_each_time(store: Engine) -> None:
    door = Door(store, GRANT)
    door.begin("one", Session("", PERSON, 1000))
    for now in range(11):
        assert door.who("one", now)
    assert door.used == []
    door.who("one", 11)
    assert len(door.used) == 1


def test_what_is_no_longer_granted_ends_the_session(store: Engine) -> None:
    door = Door(store, GRANT)
    door.begin("one", Session("", PERSON, 1000))
    caller = asyncio.run(door.gate.session("one"))
    assert caller is not None
    assert (caller.role, caller.scope.clients, caller.subject) == (
        Role.VIEWER,
        ("a",),
        "issuer subject",
    )
    assert Door(store).who("one", 1) is None, "without the provider nobody is its"


def test_a_session_of_a_token_ends_with_it_and_sees_what_it_sees(store: Engine) -> None:
    door = Door(store)
    made = KnownToken("phone", Role.RESPONDER, 0, "x", None, Scope(sites=("s",)))
    door.do(add_token, made, digest_of("secret"))
    door.begin("one", Session(digest_of("secret"), None, 1000))
    caller = asyncio.run(door.gate.session("one"))
    assert caller is not None
    assert caller.scope.sites == ("s",)
    door.do(revoke_token, "phone")
    assert door.who("one", 1) is None


def test_what_is_over_is_forgotten(store: Engine) -> None:
    door = Door(store, GRANT)
    for name, ends in (("short", 10), ("long", 1000)):
        door.begin(name, Session("", PERSON, ends))
    door.now = 20
    door.begin("new", Session("", PERSON, 1000))
    with store.begin() as connection:
        assert connection.execute(select(func.count()).select_from(SESSION)).scalar() == 2
