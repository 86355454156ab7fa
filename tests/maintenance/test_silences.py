"""Silences follow the plan: set in time, moved with it, gone when it is over early."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sothat.maintenance.alertmanager import Alertmanager
from sothat.maintenance.plan import Plan, Work
from sothat.maintenance.records import Entry, Event
from sothat.maintenance.silences import Silence, changes, wanted
from sothat.maintenance.standing import standing
from sothat.model.problem import Unusable
from sothat.service_levels.intervals import Interval

HOUR = timedelta(hours=1)
PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


def at(work: Work, start: datetime, hours: float = 2) -> Work:
    return replace(work, interval=Interval(start, start + hours * HOUR))


def want(work: Work, now: datetime, *entries: Entry) -> tuple[Silence, ...]:
    return wanted([standing(work, list(entries), now)], now, timedelta(days=1))


def test_only_what_begins_soon_or_runs_is_wanted(plan: Plan) -> None:
    work = plan.works[0]
    start, end = work.interval.start, work.interval.end
    assert want(work, start - timedelta(days=2)) == ()
    (silence,) = want(work, start - HOUR)
    assert silence.matchers == (
        ("priority", "P3|P4", True),
        ("team", "database-sre", False),
    )
    assert silence.interval == work.interval
    begun = Entry(start, Event.STARTED, work.id, "me")
    assert want(work, end, begun) == (), "an overrun is heard of"
    done = Entry(start + HOUR, Event.FINISHED, work.id, "me", outcome="done")
    assert want(work, start + HOUR, begun, done) == ()


def test_values_are_no_patterns(plan: Plan) -> None:
    work = replace(plan.works[0], affects=({"site": ("a.b", "c|d")},))
    (silence,) = want(work, work.interval.start)
    assert silence.matchers == (("site", r"a\.b|c\|d", True),)


def test_what_is_right_is_left_alone_and_what_is_doubled_goes(plan: Plan) -> None:
    work = plan.works[0]
    now = work.interval.start + timedelta(minutes=30)
    (silence,) = want(work, now)
    there = replace(silence, id="a")
    twice = replace(silence, id="b")
    assert changes([silence], [there], now) == changes([], [], now)
    assert [one.id for one in changes([silence], [there, twice], now).to_expire] == ["b"]
    later = replace(silence, interval=Interval(silence.interval.start, work.interval.end + HOUR))
    assert [one.id for one in changes([later], [there], now).to_set] == ["a"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Alertmanager]:
    assert PROGRAM
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = tmp_path / "a.yml"
    config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n", encoding="utf-8")
    command = [PROGRAM, f"--config.file={config}", f"--storage.path={tmp_path}"]
    command += [f"--web.listen-address={address}", "--cluster.listen-address="]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=tmp_path, stdout=quiet, stderr=quiet) as process:
        _ready(f"http://{address}/-/ready")
        yield Alertmanager(f"http://{address}", requests.Session())
        process.terminate()


def _ready(url: str) -> None:
    for _ in range(600):
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError("it does not start")


def sync(server: Alertmanager, *found: Silence) -> tuple[int, int]:
    todo = changes(found, server.silences(), datetime.now(UTC))
    server.carry_out(todo)
    return len(todo.to_set), len(todo.to_expire)


@pytest.mark.real
def test_a_real_alertmanager_mutes_what_the_plan_says(plan: Plan, server: Alertmanager) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    work = at(plan.works[0], now - HOUR / 2)
    _fire(server.url, team="database-sre", priority="P3", alertname="muted")
    _fire(server.url, team="database-sre", priority="P1", alertname="heard")
    assert sync(server, *want(work, now)) == (1, 0)
    assert sync(server, *want(work, now)) == (0, 0), "twice does nothing"
    assert _states(server.url) == {"muted": "suppressed", "heard": "active"}
    longer = at(work, work.interval.start, 4)
    assert sync(server, *want(longer, now)) == (1, 0)
    assert [one.interval.end for one in server.silences()] == [longer.interval.end]
    other = replace(longer, affects=({"team": ("platform-sre",)},))
    assert sync(server, *want(other, now)) == (1, 1)
    assert _states(server.url) == {"muted": "active", "heard": "active"}
    assert sync(server) == (0, 1)
    assert server.silences() == ()


def _fire(url: str, **labels: str) -> None:
    answer = requests.post(f"{url}/api/v2/alerts", json=[{"labels": labels}], timeout=10)
    assert answer.ok, answer.text


def _states(url: str) -> dict[str, str]:
    alerts = requests.get(f"{url}/api/v2/alerts", timeout=10).json()
    return {one["labels"]["alertname"]: one["status"]["state"] for one in alerts}


@pytest.mark.real
def test_silences_of_others_are_left_alone(plan: Plan, server: Alertmanager) -> None:
    now = datetime.now(UTC)
    (silence,) = want(at(plan.works[0], now), now)
    body = {**silence.body(), "createdBy": "somebody"}
    requests.post(f"{server.url}/api/v2/silences", json=body, timeout=10).raise_for_status()
    assert server.silences() == ()
    assert sync(server) == (0, 0)


def test_nobody_there_is_told() -> None:
    nobody = Alertmanager("http://127.0.0.1:9", requests.Session())
    with pytest.raises(Unusable, match="no answer"):
        nobody.silences()
