"""Who is told when, for any policy: what Alertmanager makes of what we compile."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.hours import (
    recurrence_of_holidays,
    recurrence_of_hours,
    recurrence_of_window,
)
from sothat.generator.notifying.mutes import MOST, mutings
from sothat.generator.notifying.plan import plan_of
from sothat.generator.notifying.routes import receiver_name
from sothat.generator.routing.explaining import explain_path
from sothat.generator.routing.reading import read_configuration
from sothat.generator.values import DEFAULTS, Values
from sothat.model.alert import Catalogue
from sothat.model.policy import Maintenance, Policy, Priority
from sothat.runtime.documents import Document

from .policies import LABELS, PRIORITIES, policies, policy_data, unhurried
from .test_intervals import meant
from .test_matching import labels, matches

# Around New Year; no clock is changed in these days, so that the wall tells the time.
WEEK = datetime(2029, 12, 28, 0, 10, tzinfo=UTC)
moments = st.integers(0, 14 * 24).map(lambda hours: WEEK + timedelta(hours=hours))


def configuration(policy: Policy, values: Values | None = None) -> dict[str, Any]:
    catalogue = Catalogue((), (), policy, {})
    return configuration_of(plan_of(catalogue, values or Values()))


def heard(config: Mapping[str, Any], carried: Mapping[str, str], at: datetime) -> list[str]:
    """Return the receivers that are told of a firing, in the order of the tree."""
    read = read_configuration(Document("alertmanager.yml", dict(config), ()))
    path = explain_path(read, carried, at, [])
    return [delivery.receiver for delivery in path.deliveries if not delivery.reason]


def wanted(policy: Policy, carried: Mapping[str, str], at: datetime) -> list[str]:
    """Return who must be told by the words of the policy."""
    for window in policy.maintenance.values():
        if any(matches(each, carried) for each in window.mutes) and _in_window(policy, window, at):
            return []
    names = policy.teams[carried["team"]].channels[Priority(carried["priority"])]
    typed = [name for name in dict.fromkeys(names) if policy.channels[name].type]
    return [*(receiver_name(n) for n in typed if _hears(policy, n, at)), "incident-service"]


def _in_window(policy: Policy, window: Maintenance, at: datetime) -> bool:
    return meant(recurrence_of_window(window, policy.calendars[window.calendar]), at)


def _hears(policy: Policy, name: str, at: datetime) -> bool:
    channel = policy.channels[name]
    if not channel.hours:
        return True
    hours, calendar = policy.hours[channel.hours], policy.calendars[channel.calendar]
    off = not hours.holidays and meant(recurrence_of_holidays(calendar), at)
    return not off and meant(recurrence_of_hours(hours, "h", calendar), at)


@unhurried
@given(policies(), labels, moments)
def test_exactly_those_whom_the_policy_names(
    data: dict[str, Any], carried: dict[str, str], at: datetime
) -> None:
    policy = resolve_policy(data)
    if len(mutings(policy)) > MOST:
        return
    config = configuration(policy)
    assert heard(config, carried, at) == wanted(policy, carried, at)


@unhurried
@given(policies())
def test_the_root_never_sleeps_and_the_watchdog_comes_first(data: dict[str, Any]) -> None:
    root = configuration(resolve_policy(data))["route"]
    assert not {"active_time_intervals", "mute_time_intervals", "matchers"} & set(root)
    assert root["routes"][0]["matchers"] == ['alertname="Watchdog"']
    assert root["routes"][0]["receiver"] == "watchdog"
    assert not any(route.get("continue") for route in root["routes"][-1:])


@unhurried
@given(policies())
def test_every_name_leads_somewhere(data: dict[str, Any]) -> None:
    config = configuration(resolve_policy(data))
    named = {each["name"] for each in config.get("time_intervals", ())}
    receivers = [each["name"] for each in config["receivers"]]
    assert len(receivers) == len(set(receivers))
    for route in every_route(config["route"]):
        used = {*route.get("active_time_intervals", ()), *route.get("mute_time_intervals", ())}
        assert used <= named
        assert route["receiver"] in receivers


def every_route(route: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [route, *(each for child in route.get("routes", ()) for each in every_route(child))]


def test_a_stranger_goes_to_the_incident_service_even_at_night() -> None:
    config = configuration(resolve_policy(policy_data()))
    assert heard(config, {"alertname": "Strange"}, WEEK) == ["incident-service"]


def test_every_priority_has_its_timing() -> None:
    own = {**PRIORITIES["P1"], "timing": {"group_wait": "5s"}}
    routes = configuration(resolve_policy(policy_data(priorities={**PRIORITIES, "P1": own})))
    first, second = routes["route"]["routes"][1:3]
    assert (first["group_wait"], first["repeat_interval"]) == ("5s", "1h")
    assert (second["group_wait"], second["repeat_interval"]) == ("30s", "4h")


def test_an_environment_sets_one_for_all_and_repeats_when_groups_are_looked_at() -> None:
    own = {"alertmanager.group_interval": "7m", "alertmanager.repeat_interval": "1h"}
    root = configuration(resolve_policy(policy_data()), Values({**DEFAULTS, **own}))["route"]
    found = {(r["group_interval"], r["repeat_interval"]) for r in root["routes"][1:]}
    assert found == {("7m", "1h3m")}


def test_channels_with_a_type_come_besides() -> None:
    chat = {"description": "d", "type": "slack", "to": "#p", "secret_file": "/s"}
    names = {p.value: ["on-call", "chat", "chat"] for p in Priority}
    team = {"description": "d", "channels": names, "escalation": ["Head"]}
    data = policy_data(
        teams={"plant": team, "pumps": team},
        channels={"on-call": {"description": "d"}, "chat": chat},
    )
    config = configuration(resolve_policy(data))
    for name, priority in product(LABELS["team"], LABELS["priority"]):
        found = heard(config, {"team": name, "priority": priority}, WEEK)
        assert found == ["channel/chat", "incident-service"]
