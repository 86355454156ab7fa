"""Who watches the watcher: signs of life out, watchdogs in, and what they are counted by."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.payload import parse_message
from sothat.incidents.watchdogs import Silence, message, silent, source_of

from .conftest import CONFIG, Running, alert, eventually
from .conftest import message as payload

MINUTE = 60_000_000_000


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """Return the address of an outside watch, and the paths that it was asked for."""
    heard: list[str] = []

    class Watch(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – the base's name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Watch)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ping/a-secret", heard
    server.shutdown()
    server.server_close()


def test_a_beat_goes_out_only_while_the_store_takes_something(
    data: Path, outside: tuple[str, list[str]]
) -> None:
    url, heard = outside
    (data / "secrets/beat").write_text(url)
    (data / "incidents.yaml").write_text(
        CONFIG + "heartbeat: {url: {file: secrets/beat}, every: 100ms}\n"
    )
    running = Running(data)
    running.start()
    eventually(lambda: len(heard) >= 3)
    assert set(heard) == {"/ping/a-secret"}
    metrics = running.metrics()
    assert metrics['incidents_heartbeats_total{outcome="sent"}'] >= 2
    # Away with the store: what is written now would be in no file, so nobody is told all is well.
    store = data / "incidents/incidents.db"
    store.rename(store.with_suffix(".gone"))
    unwell = 'incidents_heartbeats_total{outcome="unwell"}'
    eventually(lambda: running.metrics()[unwell] > 0)
    sent = running.metrics()['incidents_heartbeats_total{outcome="sent"}']
    before = running.metrics()[unwell]
    eventually(lambda: running.metrics()[unwell] > before + 2)
    assert running.metrics()['incidents_heartbeats_total{outcome="sent"}'] == sent
    assert url not in (data / "log").read_text()
    running.kill()


def test_a_source_that_falls_silent_is_an_incident_until_it_is_heard_again(data: Path) -> None:
    (data / "incidents.yaml").write_text(CONFIG + "watchdogs: {alertmanager: 1s}\n")
    running = Running(data)
    running.start()
    (found,) = eventually(running.incidents)
    assert found["title"] == "No sign of life from alertmanager"
    assert found["priority"] == "P2"
    assert found["state"] == "open"
    assert "incidents_last_webhook_timestamp_seconds" not in running.metrics(), "nobody was heard"
    beat = payload(alert("Watchdog", priority="P4"))

    def over() -> bool:
        running.post(beat)
        return bool(running.incident(1)["state"] == "resolved")

    eventually(over)
    assert running.stop() == 0


def test_the_owner_of_the_policy_is_called_for_a_silence_and_nobody_else(data: Path) -> None:
    policy = data / "compiled/incidents/policy.json"
    policy.write_text(json.dumps({**json.loads(policy.read_text()), "owner": "platform"}))
    (data / "incidents.yaml").write_text(CONFIG + "watchdogs: {alertmanager: 1s}\n")
    running = Running(data)
    running.start()
    (found,) = eventually(running.incidents)
    assert found["team"] == "platform"
    told = [note["text"] for note in running.incident(found["id"])["timeline"]]
    assert not any("every team" in text for text in told)
    assert running.stop() == 0


def test_a_silence_that_outlives_a_restart_is_told_once(data: Path) -> None:
    (data / "incidents.yaml").write_text(CONFIG + "watchdogs: {alertmanager: 1s}\n")
    running = Running(data)
    for _ in range(2):
        running.start()
        eventually(running.incidents)
        assert running.stop() == 0
    running.start()
    (found,) = running.incidents()
    assert [a["episode"] for a in found["alerts"]] == [1]
    assert running.stop() == 0


@given(
    st.integers(0, 100), st.integers(0, 100), st.integers(0, 100) | st.none(), st.integers(1, 50)
)
def test_a_source_is_silent_only_after_its_time(
    started: int, waited: int, beat: int | None, limit: int
) -> None:
    now = started + waited
    beats = {} if beat is None or beat > now else {"a": beat}
    found = list(silent({"a": limit}, beats, started, now))
    heard = max(beats.get("a", started), started)
    assert bool(found) is (now - heard > limit)


def test_the_message_about_a_silence_is_a_message_like_any_other() -> None:
    now = 10 * MINUTE
    for silence in (Silence("prometheus-a", MINUTE, MINUTE), None):
        read = parse_message(message("prometheus-a", silence, now))
        assert read.problems == ()
        (one,) = read.sightings
        assert one.firing is (silence is not None)
        assert source_of(one.fingerprint) == "prometheus-a"
