"""Tuya's message stream: envelopes, then the collector against a simulated stream."""

import base64
import json
import threading
import time
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.tuya_stream.collector import COLLECTOR
from sothat.exporters.tuya_stream.contract import contract
from sothat.exporters.tuya_stream.envelope import Unopened, address, frame, login, opened
from sothat.exporters.tuya_stream.ledger import Ledger
from sothat.exporters.tuya_stream.line import Line
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.secrets import Secret
from sothat.simulator.cloud.stream import Stream, stream_server

ID, SECRET = "sothattestaccessid01", "0123456789abcdef0123456789abcdef"
ENTRY = login(Secret(ID), Secret(SECRET))
NOW = 1_793_491_200.0
DEVICES = [
    {"name": "lamp", "id": "idlamp", "key": "0123456789abcdef", "product_name": "Lamp"},
    {"name": "door", "id": "iddoor", "key": "0123456789abcdef", "product_name": "Door"},
]


def stream(model="aes_gcm", clock=lambda: NOW):
    return Stream(ID, SECRET, clock, model)


def sent(one):
    return json.dumps(one.take())


def ledger(secret=SECRET, sighted=None):
    return Ledger(Secret(secret), lambda: NOW, sighted)


def told(found, labels=lambda _: None):
    samples = [*found.samples(), *found.of_devices(labels)]
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    return {
        (s.name.removeprefix("tuya_stream_"), *s.labels.values()): s.value for s in screened.samples
    }


def test_the_address_and_the_password_are_tuyas():
    assert address("wss://mqe.tuyaeu.com:8285/", "abc", "event") == (
        "wss://mqe.tuyaeu.com:8285/ws/v2/consumer/persistent/abc/out/event/abc-sub"
        "?ackTimeoutMillis=30000&subscriptionType=Failover"
    )
    assert login(Secret("abc"), Secret("def")) == {
        "username": "abc",
        "password": "c48ae9878858defc",
    }


@pytest.mark.parametrize("model", ["aes_gcm", "aes_ecb"])
def test_both_forms_of_encryption_are_opened(model):
    one = stream(model)
    one.report("idlamp", {"cur_power": 12}, at=NOW - 2)
    event = opened(frame(sent(one)), Secret(SECRET))
    assert (event.device, event.kind, event.at) == ("idlamp", "status", NOW - 2)
    assert event.points == {"cur_power": 12}


@pytest.mark.parametrize("model", ["aes_gcm", "aes_ecb"])
def test_a_wrong_secret_is_told_from_a_broken_message(model):
    one = stream(model)
    one.tell("idlamp", "offline")
    with pytest.raises(Unopened) as caught:
        opened(frame(sent(one)), Secret("x" * 32))
    assert caught.value.reason == "key"


def test_the_newer_form_of_properties():
    one = stream()
    inner = {
        "devId": "idlamp",
        "properties": [{"code": "t", "value": 5, "time": 1_793_491_199_000}],
    }
    one.send({"bizCode": "devicePropertyMessage", "bizData": inner, "ts": 1_793_491_200_000})
    event = opened(frame(sent(one)), Secret(SECRET))
    assert (event.kind, event.at, event.points) == ("status", NOW - 1, {"t": 5})


def test_events_are_counted_by_kind_with_their_delay():
    one, found, seen = stream(), None, []
    found = ledger(sighted=lambda *what: seen.append(what))
    one.report("idlamp", {"cur_power": 12}, at=NOW - 2)
    one.tell("idlamp", "offline")
    one.tell("idlamp", "somethingNew")
    for _ in range(3):
        assert "messageId" in found.take(sent(one))
    values = told(found, lambda _: None)
    assert values["events_total", "status"] == 1
    assert values["events_total", "offline"] == 1
    assert values["events_total", "other"] == 1
    assert values["event_delay_seconds_count",] == 3
    assert values["event_delay_seconds_sum",] == pytest.approx(2)
    assert values["devices",] == 1
    assert seen == [("idlamp", NOW - 2, {"cur_power": 12})]


def test_values_that_stray_are_counted():
    one, found = stream(), ledger()
    for number in range(40):
        one.report("idlamp", {"t": 210 + number % 3})
        found.take(sent(one))
    one.report("idlamp", {"t": 900, "on": True})
    found.take(sent(one))
    values = told(found)
    assert values["anomalies_total",] == 1
    assert values["judged_values_total",] == 25


def test_what_cannot_be_opened_is_counted_and_confirmed():
    one, found = stream(), ledger()
    one.send_frame("no base64!")
    assert "id-1" in found.take(sent(one))
    one.send_frame(base64.b64encode(b"{}").decode())
    found.take(sent(one))
    assert not found.take("nonsense")
    values = told(found)
    assert (values["unopened_total", "payload"], values["unopened_total", "frame"]) == (2, 1)


@settings(deadline=None)
@given(
    st.text()
    | st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["messageId", "payload", "properties", "em", "data", "devId", "status"]
                ),
                inner,
            )
        ),
        max_leaves=6,
    ).map(json.dumps)
)
def test_whatever_comes_is_counted(text):
    found = ledger()
    found.take(text)
    assert sum(v for k, v in told(found).items() if k[0] == "unopened_total") == 1


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "devId",
                        "status",
                        "properties",
                        "bizData",
                        "bizCode",
                        "code",
                        "value",
                        "t",
                        "ts",
                        "time",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_is_inside_is_counted(content):
    one, found = stream(), ledger()
    one.send(content)
    assert found.take(sent(one))
    values = told(found)
    events = sum(v for k, v in values.items() if k[0] == "events_total")
    assert events + sum(v for k, v in values.items() if k[0] == "unopened_total") == 1


@contextmanager
def serving(one, port=0):
    server = stream_server(one, "127.0.0.1", port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()
        thread.join(30)


def source(tmp_path, port, secret=SECRET, **changes):
    (tmp_path / "devices.json").write_text(json.dumps(DEVICES))
    written = {
        "type": "tuya-stream",
        "url": f"ws://127.0.0.1:{port}/",
        "access_id": {"env": "ID"},
        "access_secret": {"env": "KEY"},
        "devices": "devices.json",
        **changes,
    }
    written = {key: value for key, value in written.items() if value is not None}
    settings = Settings(parse_document(json.dumps(written), "exporter.yaml"), ())
    context = Context("stream", tmp_path, {"ID": ID, "KEY": secret}, SystemClock())
    return COLLECTOR.open(settings, context)


def _told_apart_by(sample):
    """Return the device's name, or the one label that there is."""
    return sample.labels.get("device", next(iter(sample.labels.values()), ""))


def poll(found, seconds=4.0):
    clock = SystemClock()
    samples, failure = [], None
    try:
        samples.extend(found.collect(Deadline(clock.monotonic() + seconds, clock)))
    except PollFailed as error:
        failure = error
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    named = {
        (s.name.removeprefix("tuya_stream_"), _told_apart_by(s)): s.value
        for s in screened.samples
        if "le" not in s.labels
    }
    return named, failure


def polled_until(found, good, seconds=60):
    until = time.monotonic() + seconds
    while True:
        values, failure = poll(found)
        if good(values):
            return values, failure
        assert time.monotonic() < until, values
        time.sleep(0.05)


def test_the_stream_is_read_and_confirmed(tmp_path):
    one = stream(clock=time.time)
    with serving(one) as port:
        found = source(tmp_path, port)
        try:
            for number in range(50):
                one.report("idlamp", {"cur_power": number})
            one.tell("iddoor", "online")
            values, failure = polled_until(
                found, lambda v: v["events_total", "status"] == 50 and v["devices", ""] == 2
            )
            assert failure is None
            assert values["up", ""] == 1
            assert values["device_online", "door"] == 1
            assert values["device_events_total", "lamp"] == 50
            polled_until(found, lambda _: len(one.confirmed) == 51)
        finally:
            found.close()


def test_a_stream_that_breaks_off_is_taken_up_again(tmp_path):
    one = stream(clock=time.time)
    with serving(one) as port:
        found = source(tmp_path, port)
        one.tell("iddoor", "online")
        polled_until(found, lambda v: v["events_total", "online"] == 1)
    values, failure = polled_until(found, lambda v: v["up", ""] == 0)
    assert failure.reason == "stream"
    with serving(one, port):
        one.tell("iddoor", "offline")
        values, _ = polled_until(found, lambda v: v["events_total", "offline"] == 1)
        assert values["device_online", "door"] == 0
        assert values["connects_total", ""] == 2
        found.close()


def test_a_defect_with_one_message_does_not_end_the_stream(caplog):
    one, taken, both = stream(clock=time.time), [], threading.Event()

    def take(text):
        taken.append(text)
        if len(taken) == 1:
            raise LookupError
        both.set()
        return ""

    with serving(one) as port:
        line = Line(address(f"ws://127.0.0.1:{port}/", ID, "event"), ENTRY, None, take)
        line.start(20)
        one.tell("iddoor", "online")
        assert both.wait(60)
        line.close()
    assert line.connects == 2
    assert "the stream cannot be read" in caplog.text


def test_a_wrong_secret_is_refused_and_not_shown(tmp_path, caplog):
    with serving(stream()) as port:
        found = source(tmp_path, port, secret="y" * 32)
        values, failure = polled_until(
            found, lambda v: v.get(("disconnects_total", "refused"), 0) >= 1
        )
        assert (values["up", ""], failure.reason) == (0, "stream")
        assert "y" * 32 not in caplog.text
        found.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": None}, "missing-key"),
        ({"region": "eu"}, "missing-key"),
        ({"url": "ws://x.test/"}, "bad-url"),
        ({"access_id": {"env": "NONE"}}, "missing-secret"),
    ],
)
def test_settings_that_cannot_work(tmp_path, changes, code):
    with pytest.raises(Unusable) as caught:
        source(tmp_path, 1, **changes)
    assert caught.value.problems[0].code == code
