"""The scope: pure, and the same in both databases."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.access.scope import EVERYTHING, Scope, plain, scope_of
from sothat.incidents.incident import Incident, Promise, State
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.narrowing import masked, visible
from sothat.incidents.store.rows import incident_row
from sothat.incidents.store.tables import INCIDENT
from sothat.model.policy import Priority
from sqlalchemy import insert

from ..conftest import both  # noqa: TID252 – tests of one tree

NAMES = ("", "a", "b", 'a","site":"b', "a\\", "ä", "\0", "\ud800", "%", "a'b")
SOME = st.lists(st.sampled_from(NAMES[1:]), max_size=2, unique=True).map(tuple)
# A team is a name of the policy; what stands in a label may be anything.
TEAMS = st.lists(st.sampled_from(("a", "b", "ä", "a'b")), max_size=2, unique=True).map(tuple)
SCOPES = st.builds(Scope, teams=TEAMS, sites=SOME, clients=SOME)
LABELS = [
    {},
    *({"site": site, "client": "a", "alertname": "X"} for site in NAMES),
    *({"client": client, "zone": 'site":"a'} for client in NAMES),
    {"other": "site", "client": "a", "site": "b"},
    {"xsite": "a", "site ": "a", "clientx": "b", "alertname": '"site":"a"'},
]


def incident(number: int, team: str, labels: dict[str, str], **change: object) -> Incident:
    return Incident(
        id=number,
        key=str(number),
        state=State.OPEN,
        priority=Priority.P2,
        team=team,
        promise=Promise("T"),
        labels=labels,
        opened_at=1,
        source="alertmanager",
        # As an incident has it whose first alert is of another site than its last.
        site=labels.get("site", "a"),
        **change,  # type: ignore[arg-type]
    )


CASES = [
    incident(number, team, labels)
    for number, (team, labels) in enumerate(
        ((team, labels) for team in ("a", "b") for labels in LABELS), start=1
    )
]


@both
def test_the_database_narrows_as_the_scope_says(store_url: str) -> None:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    with engine.begin() as connection:
        connection.execute(insert(INCIDENT), [incident_row(one) for one in CASES])

    @given(scope=SCOPES)
    def same(scope: Scope) -> None:
        numbers = [one.id for one in CASES]
        with engine.connect() as connection:
            found = visible(connection, numbers, scope)
        assert found == {one.id for one in CASES if scope.has(one.team, one.labels)}

    same()
    engine.dispose()


@given(one=SCOPES, other=SCOPES)
def test_a_scope_that_covers_another_sees_all_that_it_sees(one: Scope, other: Scope) -> None:
    if one.covers(other):
        seen = [case for case in CASES if other.has(case.team, case.labels)]
        assert all(one.has(case.team, case.labels) for case in seen)
    assert EVERYTHING.covers(one)
    assert one.covers(one)
    assert one.covers(EVERYTHING) is not one.limited
    assert scope_of(plain(one)) == one


def test_no_incident_names_another_that_is_not_there_for_a_caller(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/incidents.db"
    engine = writer_engine(url)
    migrate(engine, url)
    mine = incident(1, "a", {"client": "a"}, cause=2, merged_into=3, split_from=9)
    rows = [mine, incident(2, "a", {"client": "b"}), incident(3, "a", {"client": "a"})]
    with engine.begin() as connection:
        connection.execute(insert(INCIDENT), [incident_row(one) for one in rows])
        (shown,) = masked(connection, [mine], Scope(clients=("a",)))
        assert (shown.cause, shown.merged_into, shown.split_from) == (None, 3, None)
        assert masked(connection, [mine], EVERYTHING) == [mine]
    engine.dispose()


@pytest.mark.parametrize(
    ("scope", "team", "sees"),
    [
        (EVERYTHING, "a", True),
        (Scope(teams=("a",)), "a", True),
        (Scope(teams=("b",)), "a", False),
        (Scope(clients=("a",)), "a", False),
        (Scope(teams=("a",), sites=("x",)), "a", True),
    ],
)
def test_a_teams_own_affairs_are_its_own(scope: Scope, team: str, *, sees: bool) -> None:
    assert scope.has_team(team) is sees
