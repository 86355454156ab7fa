"""The MQTT collector against Mosquitto."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time

import paho.mqtt.client as paho
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.exposition import encode
from sothat.exporters.mqtt.canary import Canary
from sothat.exporters.mqtt.collector import COLLECTOR
from sothat.exporters.mqtt.line import Access, Line
from sothat.exporters.mqtt.rules import open_rules
from sothat.exporters.negotiation import TEXT
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = pytest.mark.real
STREAM = {
    "name": "rooms",
    "topic": "b/{room}/t",
    "qos": 2,
    "metric": "room_celsius",
    "help": "Temperature of a room.",
    "value": "v",
    "time": "t",
    "sequence": "n",
    "low": -40,
    "high": 80,
    "judge": {"floor": 0.1},
}


class Broker:
    """A Mosquitto on a free port of loopback."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._file = folder / "mosquitto.conf"
        passwords = folder / "passwords"
        subprocess.run(
            ["mosquitto_passwd", "-b", "-c", passwords, "monitor", "open sesame"],
            check=True,
            capture_output=True,
        )
        passwords.chmod(0o644)
        folder.chmod(0o755)
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            "user root\nmax_queued_messages 0\n"
        )
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", self._file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("mosquitto does not listen")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def say(self, topic, payload, *options):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        subprocess.run([*self.publisher, "-t", topic, "-m", text, *options], check=True, timeout=60)

    @property
    def publisher(self):
        login = ["-u", "monitor", "-P", "open sesame"]
        return ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), *login]


@pytest.fixture
def broker(tmp_path):
    if MOSQUITTO is None:
        pytest.skip("needs mosquitto and its clients")
    folder = tmp_path / "broker"
    folder.mkdir()
    one = Broker(folder)
    yield one
    one.stop()


@pytest.fixture
def watch(tmp_path):
    opened = []

    def start(port, key="open sesame", **changes):
        written = {
            "type": "mqtt",
            "host": "127.0.0.1",
            "port": port,
            "user": "monitor",
            "password": {"env": "KEY"},
            "streams": [STREAM],
            **changes,
        }
        settings = Settings(parse_document(json.dumps(written), "exporter.yaml"), ())
        context = Context("site-broker", tmp_path, {"KEY": key}, SystemClock())
        opened.append(COLLECTOR.open(settings, context))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def poll(source, seconds=20.0):
    clock = SystemClock()
    samples, failure = [], None
    try:
        samples.extend(source.collect(Deadline(clock.monotonic() + seconds, clock)))
    except PollFailed as error:
        failure = error
    screened = Screen(source.contract).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    return {
        (
            s.name.removeprefix("mqtt_"),
            *(v for k, v in sorted(s.labels.items()) if k != "broker"),
        ): (s.value)
        for s in samples
    }, failure


def polled_until(source, good, seconds=60):
    until = time.monotonic() + seconds
    while True:
        found, failure = poll(source, 3)
        if good(found):
            return found, failure
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_what_is_published_is_counted_and_exposed(broker, watch):
    source = watch(broker.port)
    assert poll(source)[0]["up",] == 1
    now = time.time()
    broker.say("b/4/t", {"v": 21.5, "t": now, "n": 1}, "-q", "0")
    broker.say("b/4/t", {"v": 22.5, "t": now, "n": 4}, "-q", "1")
    broker.say("b/5/t", {"v": 500, "t": now, "n": 1}, "-q", "2")
    broker.say("elsewhere", "x")
    found, failure = polled_until(
        source, lambda f: sum(f["messages_total", q, "rooms"] for q in "012") == 3
    )
    assert failure is None
    assert [found["messages_total", q, "rooms"] for q in "012"] == [1, 1, 1]
    assert found["value_room_celsius", "4"] == 22.5
    assert ("value_room_celsius", "5") not in found
    assert found["unreadable_messages_total", "bounds", "rooms"] == 1
    assert found["missing_messages_total", "rooms"] == 2
    assert found["message_delay_seconds_count", "rooms"] == 3
    assert found["topics", "rooms"] == 2


def test_what_the_broker_keeps_is_told_apart(broker, watch):
    broker.say("b/4/t", {"v": 20, "t": 1, "n": 1}, "-r")
    source = watch(broker.port)
    found, _ = polled_until(source, lambda f: f["retained_topics", "rooms"] == 1)
    assert found["retained_messages_total", "rooms"] == 1
    assert found["message_delay_seconds_count", "rooms"] == 0


def test_delivery_is_tried_with_each_quality(broker, watch):
    source = watch(broker.port, canary={"topic": "sothat/canary"})
    found, _ = polled_until(source, lambda f: all(f["deliveries_total", q] >= 2 for q in "012"))
    for qos in "012":
        assert found["delivery_attempts_total", qos] >= found["deliveries_total", qos] >= 2
        assert found["delivery_duration_seconds_count", qos] == found["deliveries_total", qos]


def test_a_broker_that_goes_and_comes_back(broker, watch):
    source = watch(broker.port)
    poll(source)
    broker.stop()
    found, failure = polled_until(source, lambda f: f["up",] == 0)
    assert failure.reason == "broker"
    assert found["disconnects_total", "lost"] == 1
    broker.start()
    found, _ = polled_until(source, lambda f: f["up",] == 1)
    assert found["connects_total",] == 2
    broker.say("b/4/t", {"v": 20, "t": time.time(), "n": 1})
    polled_until(source, lambda f: f["messages_total", "0", "rooms"] == 1)


def test_a_wrong_password_is_told(broker, watch, caplog):
    source = watch(broker.port, key="wrong-secret")
    found, failure = polled_until(source, lambda f: f.get(("disconnects_total", "refused"), 0) >= 1)
    assert (found["up",], failure.reason) == (0, "broker")
    assert "wrong-secret" not in caplog.text


def test_nobody_there(watch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    source = watch(port)
    found, failure = poll(source, 4)
    assert (found["up",], failure.reason) == (0, "broker")


def test_closing_ends_its_thread(broker, watch):
    before = threading.active_count()
    source = watch(broker.port)
    poll(source)
    assert threading.active_count() == before + 1
    source.close()
    assert threading.active_count() == before


def test_output_is_as_promtool_wants_it(broker, watch):
    source = watch(broker.port, canary={"topic": "sothat/canary"})
    poll(source)
    clock = SystemClock()
    samples = [*source.collect(Deadline(clock.monotonic() + 20, clock))]
    done = subprocess.run(
        [shutil.which("promtool"), "check", "metrics"],
        input=encode([Screen(source.contract).screen(samples).blocks], TEXT, unique=True),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_a_burst_of_a_thousand_is_taken_up(broker, watch):
    """A burst from one publisher, all of it counted, none missing by its numbers."""
    source = watch(broker.port)
    poll(source)
    lines = "\n".join(json.dumps({"v": 20, "t": time.time(), "n": n}) for n in range(1_000))
    subprocess.run(
        [*broker.publisher, "-t", "b/1/t", "-l", "-q", "1"],
        input=lines,
        text=True,
        check=True,
        timeout=120,
    )
    found, _ = polled_until(source, lambda f: f["messages_total", "1", "rooms"] == 1_000)
    assert found["missing_messages_total", "rooms"] == 0


def test_a_defect_with_one_message_does_not_end_the_connections_thread(caplog):
    def take(_message):
        raise LookupError

    line = Line(Access("127.0.0.1", 1, ""), [], take)
    line._client.on_message(line._client, None, paho.MQTTMessage(topic=b"a"))
    assert "a message cannot be taken" in caplog.text


def test_a_canary_that_is_late_or_comes_twice():
    now = [0.0]
    canary = Canary("b", 10, lambda: now[0])
    first, second = canary.next(1), canary.next(1)
    canary.back(first)
    canary.back(first)
    now[0] = 11.0
    canary.back(second)
    canary.back("nobody's")
    found = {(s.name, s.labels["qos"]): s.value for s in canary.samples() if "le" not in s.labels}
    assert found["mqtt_delivery_attempts_total", "1"] == 2
    assert found["mqtt_deliveries_total", "1"] == 1
    assert found["mqtt_delivery_repeats_total", "1"] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"topic": "b/{a}-{b}"}, "bad-topic"),
        ({"topic": "b/#/c"}, "bad-topic"),
        ({"topic": "{a}/{a}"}, "bad-topic"),
        ({"topic": "{stream}/x"}, "bad-topic"),
        ({"low": 5, "high": 1}, "out-of-range"),
    ],
)
def test_streams_that_cannot_work(changes, code):
    written = {"streams": [{**STREAM, **changes}]}
    settings = Settings(parse_document(json.dumps(written), "exporter.yaml"), ())
    with pytest.raises(Unusable) as caught:
        open_rules(settings)
    assert caught.value.problems[0].code == code


def test_streams_have_names_of_their_own():
    settings = Settings(
        parse_document(json.dumps({"streams": [STREAM, STREAM]}), "exporter.yaml"), ()
    )
    with pytest.raises(Unusable) as caught:
        open_rules(settings)
    assert {problem.code for problem in caught.value.problems} == {"name-clash"}
