"""What we say of hours, groups and inhibition is what real Alertmanagers do."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sothat.generator.alert_route import Firing, labels_of
from sothat.generator.compile import Inputs, installed_inputs, sound_draft
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.plan import plan_of
from sothat.generator.routing.configuration import Configuration, Route
from sothat.generator.routing.inhibition import inhibitions
from sothat.generator.routing.reading import read_configuration
from sothat.generator.routing.timing import running_at, timing
from sothat.generator.routing.walking import group_labels, receiving
from sothat.generator.values import Values
from sothat.model.metric import Contract
from sothat.runtime.documents import Document

from .releases import releases
from .servers import Labelled, Labels, Told, told

BERLIN = ZoneInfo("Europe/Berlin")
PROGRAMS = releases(["alertmanager", "prometheus-alertmanager"])
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PROGRAMS, reason="no Alertmanager on this machine"),
]


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def ours(config: Configuration, alerts: Sequence[Labels], at: datetime) -> Told:
    """Return what we say that an Alertmanager tells whom."""
    found: dict[tuple[Route, Labelled], set[Labelled]] = {}
    running = running_at(config.intervals.values(), at)
    for labels in alerts:
        if not any(inhibitions(config, labels, alerts)):
            for route in receiving(config.route, labels):
                if timing(route, running).speaks and config.receivers[route.receiver]:
                    group = frozenset(group_labels(route, labels).items())
                    found.setdefault((route, group), set()).add(frozenset(labels.items()))
    return Counter(
        (route.receiver, group, frozenset(told)) for (route, group), told in found.items()
    )


def parsed(config: Mapping[str, Any]) -> Configuration:
    return read_configuration(Document("alertmanager.yml", dict(config), ()))


def assert_all(
    config: Mapping[str, Any], alerts: Sequence[Labels], times: Sequence[datetime], folder: Path
) -> list[Told]:
    """Hold what we say of each time against every release, in processes that run at once."""
    expected = [ours(parsed(config), alerts, at) for at in times]
    runs = list(product(PROGRAMS, zip(times, expected, strict=True)))
    with ThreadPoolExecutor(10) as pool:
        theirs = [
            pool.submit(told, program, config, alerts, at, folder / str(number), wanted)
            for number, (program, (at, wanted)) in enumerate(runs)
        ]
    for (program, (at, wanted)), run in zip(runs, theirs, strict=True):
        assert run.result() == wanted, f"{program} at {at}"
    return expected


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def random_interval(chance: random.Random) -> dict[str, Any]:
    """Return a time interval, every part there or not."""

    def span(first: int, last: int) -> str:
        low, high = sorted(chance.choices(range(first, last + 1), k=2))
        return f"{low}:{high}" if chance.random() < 0.7 else str(low)

    parts: dict[str, Any] = {
        "days_of_month": [chance.choice([span(1, 31), span(-7, -1), "-1", "25:31", "20:-1", "31"])],
        "months": [span(1, 12)],
        "years": [span(2026, 2030)],
        "weekdays": [chance.choice(["sunday", "monday:friday", "saturday", "sunday:monday"])],
        "times": [
            {
                "start_time": f"{low // 2:02}:{low % 2 * 3}0",
                "end_time": f"{high // 2:02}:{high % 2 * 3}0",
            }
            for low, high in [sorted(chance.sample(range(49), 2))]
        ],
    }
    kept = {key: value for key, value in parts.items() if chance.random() < 0.4}
    return {**kept, "location": chance.choice(ZONES)}


# What amtool does not tell: grouping and inhibition, with what is inherited and what is missing.
ROUTES: list[dict[str, Any]] = [
    {"matchers": ['kind="all"'], "receiver": "hit", "group_by": ["..."]},
    {
        "matchers": ['kind="child"'],
        "group_by": ["site"],
        "continue": True,
        "routes": [{"matchers": ['deep="yes"'], "receiver": "hit"}],
    },
    {"matchers": ['kind="child"'], "receiver": "hit", "group_by": []},
]
INHIBITIONS: list[dict[str, Any]] = [
    {
        "source_matchers": ['kind="cause"'],
        "target_matchers": ['kind="all"'],
        "equal": ["site", "x"],
    },
    {"source_match": {"kind": "two"}, "target_match_re": {"kind": "t.*"}, "equal": ["site"]},
]
KINDS: list[Labels] = [
    {"alertname": "A", "kind": "all", "site": "a"},
    {"alertname": "A", "kind": "all", "site": "b"},
    {"alertname": "A", "kind": "all", "site": "a", "x": "1"},
    {"alertname": "B", "kind": "all", "x": "1"},
    {"alertname": "A", "kind": "child", "site": "a"},
    {"alertname": "B", "kind": "child", "site": "a"},
    {"alertname": "C", "kind": "child", "site": "a", "deep": "yes"},
    {"alertname": "C", "kind": "child"},
    {"alertname": "A", "kind": "cause", "site": "a"},
    {"alertname": "A", "kind": "two", "site": "a"},
    {"alertname": "A", "kind": "three", "site": "a"},
    {"alertname": "A", "kind": "three", "site": "b"},
]


def test_anybodys(tmp_path: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311 – the same intervals every time
    cases = [f"case-{number}" for number in range(120)]
    config: dict[str, Any] = {
        "route": {
            "receiver": "root",
            "group_by": ["case"],
            "routes": [
                {"matchers": [f'case="{case}"'], "receiver": "hit", "mute_time_intervals": [case]}
                for case in cases
            ]
            + ROUTES,
        },
        "inhibit_rules": INHIBITIONS,
        "receivers": [
            {"name": name, "webhook_configs": [{"url": "http://127.0.0.1:1"}]}
            for name in ("root", "hit")
        ],
        "time_intervals": [
            {"name": case, "time_intervals": [random_interval(chance) for _ in range(2)]}
            for case in cases
        ],
    }
    alerts = [*({"alertname": "A", "case": case} for case in cases), *KINDS]
    times = [
        local("2030-03-31T10:15"),  # the last day of a month that Alertmanager counts short
        local("2027-03-28T03:05"),  # clocks have just gone forward
        local("2026-10-25T02:40", fold=1),  # and back
        local("2028-02-29T23:50"),
    ]
    found = assert_all(config, alerts, times, tmp_path)
    assert all(20 < len(each) < 115 for each in found), "hardly any interval runs, or all do"
    assert len({frozenset(each) for each in found}) == len(times)


WEEKLY = {"every": "week", "day": "sunday", "start": "00:00", "end": "04:00"}
QUARTERLY = {"every": "quarter", "day": "sunday", "start": "00:00", "end": "12:00"}
OF_HEAD_OFFICE = {"calendar": "head-office", "notice_days": 5}
HOOK = {"description": "d", "type": "webhook", "to": "https://x.example", "secret_file": "/s"}
DESK = {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "holidays": "closed"}
TERMS = {"meaning": "m", "severity": "warning", "acknowledge": "15m", "resolve": "4h"}
PRIORITIES = ("P1", "P2", "P3", "P4")
POLICY: dict[str, Any] = {
    "priorities": dict.fromkeys(PRIORITIES, TERMS),
    "teams": {
        name: {"description": "d", "channels": channels, "escalation": ["Head"]}
        for name, channels in {
            "plant": {
                "P1": ["pager", "chat"],
                "P2": ["pager", "chat"],
                "P3": ["chat", "on-call"],
                "P4": ["chat", "on-call"],
            },
            "office": {priority: ["chat"] for priority in PRIORITIES},
        }.items()
    },
    "grouping": ["team", "outcome", "site"],
    "channels": {
        "on-call": {"description": "d"},
        "pager": HOOK,
        "chat": {**HOOK, "hours": "desk", "calendar": "head-office"},
    },
    "hours": {"desk": {**DESK, "start": "08:00", "end": "18:00"}},
    "calendars": {
        "head-office": {
            "country": "DE",
            "subdivision": "BE",
            "time_zone": "Europe/Berlin",
            "years": "2026-2030",
        }
    },
    "maintenance": {
        "weekly": {**WEEKLY, **OF_HEAD_OFFICE, "mutes": [{"team": "plant", "priority": "P3"}]},
        "quarterly": {**QUARTERLY, **OF_HEAD_OFFICE, "mutes": [{"team": "plant"}]},
    },
}
# By local time the receivers that hear of P3 of the two teams.
CHAT, SERVICE = "channel/chat", "incident-service"
HOURS = {
    "2027-03-30T10:00": ({CHAT, SERVICE}, {CHAT, SERVICE}),  # a Tuesday at work
    "2027-03-30T20:00": ({SERVICE}, {SERVICE}),
    "2026-12-25T10:00": ({SERVICE}, {SERVICE}),  # a Friday, but a holiday
    "2027-03-21T03:30": (set(), {SERVICE}),  # the weekly window
    "2027-03-21T10:00": ({SERVICE}, {SERVICE}),
    "2027-03-28T03:10": (set(), {SERVICE}),  # the day of summer time, in both windows
    "2027-03-28T11:50": (set(), {SERVICE}),  # the last Sunday of a quarter
    "2027-03-28T12:10": ({SERVICE}, {SERVICE}),
    "2030-03-24T10:00": ({SERVICE}, {SERVICE}),
    "2030-03-31T10:00": (set(), {SERVICE}),  # a last day that Alertmanager does not count
}


@pytest.fixture(scope="session")
def compiled(contracts: tuple[Contract, ...]) -> dict[str, Any]:
    """Return the configuration of the small catalogue with a policy of hours and windows."""
    small = Path(__file__).parents[1] / "data" / "small" / "alert_rules"
    catalogue = sound_draft(Inputs(small, contracts), ()).catalogue
    return configuration_of(plan_of(replace(catalogue, policy=resolve_policy(POLICY)), Values()))


def firings() -> list[Labels]:
    """Return alerts of every team and priority at two sites, and some that inhibit others."""
    every = [
        {
            "alertname": f"A{n}",
            "team": team,
            "priority": p,
            "outcome": "water",
            "site": site,
            "n": n,
        }
        for team in ("plant", "office")
        for p in PRIORITIES
        for site in ("a", "b")
        for n in ("1", "2")
    ]
    plant = {"team": "plant", "priority": "P2", "outcome": "water"}
    return [
        *every,
        {"alertname": "PlantStationDown", "site": "a", **plant},
        {"alertname": "PlantPumpStopped", "site": "a", "pump": "1", **plant},
        {"alertname": "PlantPumpStopped", "site": "c", "pump": "1", **plant},
        {"alertname": "Watchdog", "severity": "none"},
        {"alertname": "Foreign"},
    ]


def test_a_policy(compiled: dict[str, Any], tmp_path: Path) -> None:
    found = assert_all(compiled, firings(), [local(text) for text in HOURS], tmp_path)
    for (text, wanted), each in zip(HOURS.items(), found, strict=True):
        assert (_heard(each, "plant", "P3"), _heard(each, "office", "P3")) == wanted, text
    at_work = found[0]
    assert _heard(at_work, "plant", "P1") == {"channel/pager", CHAT, SERVICE}
    pumps = {labels for _, _, alerts in at_work for labels in alerts if ("pump", "1") in labels}
    assert [dict(labels)["site"] for labels in pumps] == ["c"], "the station inhibits at its site"
    group = frozenset({("team", "office"), ("outcome", "water"), ("site", "a")})
    sizes = [len(alerts) for name, labels, alerts in at_work if (name, labels) == (SERVICE, group)]
    assert sizes == [2] * len(PRIORITIES), "each priority has a group of its own"


def test_the_shipped_catalogue(tmp_path: Path) -> None:
    draft = sound_draft(installed_inputs(None, Values()), ())
    config = configuration_of(plan_of(draft.catalogue, Values()))
    alerts = [
        labels_of(draft, alert, Firing(alert.name, {"site": site, "instance": site}))
        for alert in draft.catalogue.alerts
        for site in ("a", "b")
    ]
    times = [local("2027-03-28T03:10"), local("2027-03-30T10:00")]
    quarterly, at_work = assert_all(config, alerts, times, tmp_path)
    assert quarterly != at_work


def _heard(found: Told, team: str, priority: str) -> set[str]:
    wanted = {("team", team), ("priority", priority), ("alertname", "A1")}
    return {name for name, _, alerts in found if any(wanted <= labels for labels in alerts)}
