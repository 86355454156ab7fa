"""Policies for tests: a small one, and random ones."""

from collections.abc import Mapping
from typing import Any

import yaml
from hypothesis import settings
from hypothesis import strategies as st
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.notifying.recurrence import DAYS
from sothat.model.policy import Policy, Priority

# A loaded machine may take its time.
unhurried = settings(deadline=None, max_examples=40)
PRIORITIES = {
    p.value: {
        "meaning": "m",
        "severity": "warning",
        "acknowledge": "15m",
        "resolve": "4h",
    }
    for p in Priority
}
CALENDARS = {
    "berlin": {"country": "DE", "subdivision": "BE", "time_zone": "Europe/Berlin"},
    "sydney": {"country": "AU", "subdivision": "NSW", "time_zone": "Australia/Sydney"},
    "kolkata": {"country": "IN", "time_zone": "Asia/Kolkata"},
}
CHANNELS: Mapping[str, Mapping[str, Any]] = {
    "slack": {"to": "#plant", "secret_file": "/s/slack"},
    "email": {"to": "a@example.org", "from": "b@example.org", "smarthost": "mail.example.org:25"},
    "pagerduty": {"secret_file": "/s/pagerduty"},
    "webhook": {"to": "https://hook.example.org/x", "secret_file": "/s/hook"},
    "teams": {"secret_file": "/s/teams"},
    "telegram": {"to": -1001, "secret_file": "/s/bot"},
    "pushover": {"user_file": "/s/user", "secret_file": "/s/app"},
}


def policy_data(**sections: Any) -> dict[str, Any]:
    """Return the data of a policy with one team that has these sections."""
    everywhere = {p.value: ["on-call"] for p in Priority}
    data: dict[str, Any] = {
        "apiVersion": "sothat/v1",
        "kind": "Policy",
        "priorities": PRIORITIES,
        "teams": {"plant": {"description": "d", "channels": everywhere, "escalation": ["Head"]}},
        "grouping": ["team", "outcome", "site"],
        "channels": {"on-call": {"description": "Wakes"}},
        "calendars": {
            name: {**calendar, "years": "2029-2030"} for name, calendar in CALENDARS.items()
        },
    }
    return {**data, **sections}


def policy_of(**sections: Any) -> Policy:
    return resolve_policy(policy_data(**sections))


def as_yaml(data: Mapping[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


# Any text that YAML can hold and a label can carry.
values = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029\x85"),
    min_size=1,
    max_size=8,
).filter(str.strip)
times = st.sampled_from(["00:00", "02:30", "06:00", "08:00", "18:00", "22:15", "24:00"])


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, str]:
    start = draw(times.filter(lambda text: text != "24:00"))
    return start, draw(times.filter(lambda text: text != start))


@st.composite
def hours(draw: st.DrawFn) -> dict[str, Any]:
    start, end = draw(spans())
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    holidays = draw(st.sampled_from(["open", "closed"]))
    return {"days": days, "start": start, "end": end, "holidays": holidays}


LABELS: Mapping[str, tuple[str, ...]] = {
    "team": ("plant", "pumps"),
    "priority": ("P1", "P2", "P3", "P4"),
    "domain": ("plant", "water"),
    "alertname": ("PlantPumpStopped", "PlantStationDown"),
}


@st.composite
def label_sets(draw: st.DrawFn) -> dict[str, list[str]]:
    names = draw(st.lists(st.sampled_from(sorted(LABELS)), min_size=1, max_size=3, unique=True))
    return {
        name: draw(st.lists(st.sampled_from(LABELS[name]), min_size=1, unique=True))
        for name in names
    }


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    start, end = draw(spans())
    return {
        "every": draw(st.sampled_from(["week", "month", "quarter"])),
        "day": draw(st.sampled_from(DAYS)),
        "start": start,
        "end": end,
        "calendar": draw(st.sampled_from(sorted(CALENDARS))),
        "notice_days": 1,
        "mutes": draw(st.lists(label_sets(), min_size=1, max_size=3)),
    }


@st.composite
def channels(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(CHANNELS)))
    found = {"description": "d", "type": kind, **CHANNELS[kind]}
    if draw(st.booleans()):
        found["hours"] = draw(st.sampled_from(["one", "other"]))
        found["calendar"] = draw(st.sampled_from(sorted(CALENDARS)))
    return found


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the data of a policy whose names all lead somewhere."""
    typed = {f"c{n}": each for n, each in enumerate(draw(st.lists(channels(), max_size=4)))}
    every = {"on-call": {"description": "Wakes"}, **typed}
    some = st.lists(st.sampled_from(sorted(every)), min_size=1, max_size=3)
    teams = {
        name: {
            "description": "d",
            "channels": {p.value: draw(some) for p in Priority},
            "escalation": ["Head"],
        }
        for name in LABELS["team"]
    }
    return policy_data(
        teams=teams,
        channels=every,
        hours={"one": draw(hours()), "other": draw(hours())},
        maintenance={f"w{n}": each for n, each in enumerate(draw(st.lists(windows(), max_size=3)))},
    )
