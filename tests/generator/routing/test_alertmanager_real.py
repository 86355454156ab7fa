"""What we say of hours, groups and inhibition is what real Alertmanagers do."""

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.explaining import explain_path
from sothat.generator.routing.reading import read_configuration
from sothat.runtime.documents import Document

from .releases import releases
from .servers import Labels, Told, told

pytestmark = pytest.mark.real
BERLIN = ZoneInfo("Europe/Berlin")
PROGRAMS = releases(["alertmanager", "prometheus-alertmanager"])


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def ours(config: Configuration, alerts: Sequence[Labels], at: datetime) -> Told:
    """Return what we say that an Alertmanager tells whom."""
    found: Told = {}
    for labels in alerts:
        path = explain_path(config, labels, at, [other for other in alerts if other != labels])
        for delivery in path.deliveries if not path.inhibited else ():
            if not delivery.reason:
                key = delivery.receiver, frozenset(delivery.group.items())
                found.setdefault(key, set()).add(frozenset(labels.items()))
    return found


def parsed(config: Mapping[str, Any]) -> Configuration:
    return read_configuration(Document("alertmanager.yml", dict(config), ()))


def assert_all(
    program: str,
    config: Mapping[str, Any],
    alerts: Sequence[Labels],
    times: Sequence[datetime],
    folder: Path,
) -> list[Told]:
    """Hold the outcomes at many times against as many processes, which run at once."""
    expected = [ours(parsed(config), alerts, at) for at in times]
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(told, program, config, alerts, at, folder / str(number), expected[number])
            for number, at in enumerate(times)
        ]
        theirs = [run.result() for run in runs]
    for at, found, wanted in zip(times, theirs, expected, strict=True):
        assert found == wanted, at
    return theirs


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


@pytest.mark.parametrize("program", PROGRAMS)
def test_random_intervals(program: str, tmp_path: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311 – the same intervals every time
    cases = [f"case-{number}" for number in range(200)]
    config: dict[str, Any] = {
        "route": {
            "receiver": "root",
            "group_by": ["case"],
            "routes": [
                {"matchers": [f'case="{case}"'], "receiver": "hit", "mute_time_intervals": [case]}
                for case in cases
            ],
        },
        "receivers": [
            {"name": name, "webhook_configs": [{"url": "http://127.0.0.1:1"}]}
            for name in ("root", "hit")
        ],
        "time_intervals": [
            {"name": case, "time_intervals": [random_interval(chance) for _ in range(2)]}
            for case in cases
        ],
    }
    alerts = [{"alertname": "A", "case": case} for case in cases]
    times = [
        local("2030-03-31T10:15"),  # the last day of a month that Alertmanager counts short
        local("2027-03-28T03:05"),  # clocks have just gone forward
        local("2026-10-25T02:40", fold=1),  # and back
        local("2028-02-29T23:50"),
    ]
    found = assert_all(program, config, alerts, times, tmp_path)
    assert all(40 < len(each) < 180 for each in found), "hardly any interval runs, or all do"
    assert len({frozenset(each) for each in found}) == len(times)
