"""For any policy every alert reaches somebody at every hour, or the build says which does not."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sothat.generator.alert_route import Firing, labels_of, routing_of
from sothat.generator.checks.reach import CHECK, unreached
from sothat.generator.compile import Inputs, sound_draft
from sothat.generator.draft import Draft
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.plan import plan_of
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.explaining import Path as Way
from sothat.generator.routing.explaining import explain_path
from sothat.generator.routing.reading import read_configuration
from sothat.model.metric import Contract
from sothat.runtime.documents import Document

from .policies import policies, policy_data
from .test_mutes import WINDOW

SMALL = Path(__file__).parents[1] / "data" / "small" / "alert_rules"
START = datetime(2026, 1, 1, tzinfo=UTC)
hours = st.lists(st.integers(0, 5 * 365 * 24), min_size=20, max_size=20)
RUNS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="session")
def plant(contracts: tuple[Contract, ...]) -> Draft:
    """Return the small catalogue, read."""
    return sound_draft(Inputs(SMALL, contracts), ())


def with_policy(draft: Draft, data: Mapping[str, Any]) -> Draft:
    return replace(draft, catalogue=replace(draft.catalogue, policy=resolve_policy(data)))


def paths(draft: Draft, config: Configuration, at: datetime) -> Iterator[tuple[str, Way]]:
    for alert in draft.catalogue.alerts:
        labels = labels_of(draft, alert, Firing(alert.name, {}))
        yield alert.name, explain_path(config, labels, at)


def in_maintenance(path: Way) -> bool:
    """Return whether somebody would hear but for a window that was declared."""
    reasons = [d.reason for d in path.deliveries if d.integrations]
    return any(
        reason.startswith("muted by ")
        and all(n.startswith("maintenance/") for n in reason.removeprefix("muted by ").split(", "))
        for reason in reasons
    )


@RUNS
@given(data=policies(), sample=hours)
def test_compiled_policies(plant: Draft, data: dict[str, Any], sample: list[int]) -> None:
    draft = with_policy(plant, data)
    config = routing_of(draft)
    assert list(unreached(draft, config)) == []
    for hour in sample:
        for _, path in paths(draft, config, START + timedelta(hours=hour)):
            assert path.notified or in_maintenance(path)


def bent(draft: Draft, interval: str) -> Configuration:
    """Return a configuration whose incident service hears only in an interval."""

    def narrowed(route: Mapping[str, Any]) -> dict[str, Any]:
        own = route["receiver"] == "incident-service" and route.get("matchers")
        active = {"active_time_intervals": [interval]} if own else {}
        return {**route, **active, "routes": [narrowed(r) for r in route.get("routes", [])]}

    found = configuration_of(plan_of(draft.catalogue, draft.values))
    extra = [
        {
            "name": interval,
            "time_intervals": [
                {
                    "weekdays": ["monday:saturday"],
                    "times": [{"start_time": "07:00", "end_time": "21:00"}],
                    "location": "Europe/Berlin",
                }
            ],
        }
    ]
    changed = {
        **found,
        "route": narrowed(found["route"]),
        "time_intervals": [*found.get("time_intervals", []), *extra],
    }
    return read_configuration(Document("alertmanager.yml", changed, ()))


@RUNS
@given(data=policies(), sample=hours)
def test_gaps_are_named(plant: Draft, data: dict[str, Any], sample: list[int]) -> None:
    draft = with_policy(plant, data)
    config = bent(draft, "desk")
    named = {problem.rule for problem in unreached(draft, config)}
    silent = {
        name
        for hour in sample
        for name, path in paths(draft, config, START + timedelta(hours=hour))
        if not path.notified and not in_maintenance(path)
    }
    assert silent <= named


def test_who_when_and_why(plant: Draft) -> None:
    chat = {"description": "d", "type": "slack", "to": "#plant", "secret_file": "/s"}
    shift = {"hours": "day", "calendar": "berlin"}
    everywhere = {p: ["chat"] for p in ("P1", "P2", "P3", "P4")}
    data = policy_data(
        channels={"chat": {**chat, **shift}},
        teams={"plant": {"description": "d", "channels": everywhere, "escalation": ["Head"]}},
        hours={"day": {"days": ["sunday"], "start": "08:00", "end": "18:00", "holidays": "open"}},
    )
    draft = with_policy(plant, data)
    found = list(unreached(draft, bent(draft, "desk")))
    assert [problem.rule for problem in found] == [a.name for a in draft.catalogue.alerts]
    assert found[0].message == (
        "PlantPumpStopped reaches nobody on Thursday 2026-01-01 01:00 (Europe/Berlin): "
        "channel/chat: silent outside of hours/day/berlin; "
        "incident-service: silent outside of desk"
    )
    assert found[0].hint == "give plant a channel that hears at that hour"


def test_a_window_may_mute(plant: Draft) -> None:
    window = {**WINDOW, "mutes": [{"alertname": "PlantPumpStopped"}]}
    draft = with_policy(plant, policy_data(maintenance={"weekly": window}))
    config = routing_of(draft)
    assert list(CHECK.find(draft)) == []
    sunday = datetime(2026, 11, 29, 1, tzinfo=UTC)
    heard = {name: path.notified for name, path in paths(draft, config, sunday)}
    assert heard == {
        "PlantPumpStopped": False,
        "PlantPressureLow": True,
        "PlantStationDown": True,
    }


def test_a_policy_that_leads_nowhere_has_its_own_problem(plant: Draft) -> None:
    channels = {"chat": {"description": "d", "type": "slack", "hours": "never", "calendar": "x"}}
    data = policy_data(channels=channels)
    assert list(CHECK.find(with_policy(plant, data))) == []
