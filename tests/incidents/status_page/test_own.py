"""Whose planned work somebody with a scope is to know of; the rest is in the walk of access."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sothat.incidents.access.scope import Scope
from sothat.incidents.status_page.own import concerns
from sothat.incidents.status_page.planned import Planned
from sothat.maintenance.standing import State

_WHEN = datetime(2026, 1, 5, tzinfo=UTC)
WORK = Planned(
    *("w1", "New pumps", "Cold water", "", _WHEN, _WHEN, State.PLANNED, _WHEN, 5, True),
    affects=({"site": ("north", "annex")}, {"domain": ("heating",)}),
    clients=("a",),
)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), True),
        (Scope(teams=("platform",)), True),
        (Scope(clients=("a", "c")), True),
        (Scope(clients=("b",)), False),
        (Scope(sites=("north",)), True),
        (Scope(sites=("south",)), False),
        (Scope(sites=("south",), clients=("a",)), False),
    ],
)
def test_work_is_shown_to_those_it_is_for(scope: Scope, seen: bool) -> None:  # noqa: FBT001 – given
    assert concerns(WORK, scope) is seen


def test_work_that_names_no_site_is_not_told_by_site() -> None:
    assert not concerns(replace(WORK, affects=({"domain": ("heating",)},)), Scope(sites=("north",)))
