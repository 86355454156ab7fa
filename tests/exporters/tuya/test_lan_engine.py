"""The engine and well-meaning devices: gateways, reloads, reconnects, bounds."""

import logging
import select
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from sothat.exporters.clock import SystemClock
from sothat.exporters.tuya.failure import CODES, DeviceFailed, Reason
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.lan import codec as codec_module
from sothat.exporters.tuya.lan.engine import Roll
from sothat.exporters.tuya.points import Point, Readings
from sothat.simulator.wire.broadcasts import broadcast
from sothat.simulator.wire.commands import Command
from tinytuya.core.error_helper import error_codes, error_json

from .peers import answers, device, loopback, speaks

GATE = device("gate", version="3.4", points={})
DOOR, HATCH = device("door", parent=GATE.id), device("hatch", parent=GATE.id)


class Gateway:
    """Answers for its sub-devices, from memory for those that are gone."""

    def __init__(self, points, *, own=None, lost=(), knows=True, silent=()):
        self.points = points
        self.own = own
        self.lost = list(lost)
        self.knows = knows
        self.silent = list(silent)
        self.asked = []

    def __call__(self, session, request):
        cid = request.body.get("cid", "")
        if request.command == Command.LAN_EXT_STREAM:
            online = [one for one in self.points if one not in self.lost]
            data = {"online": online, "offline": self.lost}
            body = {"reqType": "x", "data": data} if self.knows else b""
            return session.answer(request, body).data
        if request.command not in (10, 16):
            return session.answer(request).data
        self.asked.append(cid)
        if cid in self.silent:
            return b""
        if not cid:
            return session.answer(request, b"" if self.own is None else self.own).data
        return session.answer(request, {"cid": cid, "dps": self.points[cid]}).data


CHILDREN = {"cid-door": {"1": True}, "cid-hatch": {"1": False}}


def gateway(peer, fleet, answer, **plan):
    return fleet([GATE, DOOR, HATCH], peer(speaks(answer)).port, **plan)


def test_a_gateway_and_its_children_are_one_connection(peer, fleet):
    one = peer(speaks(Gateway(CHILDREN, own={"dps": {"32": "normal"}})))
    found = fleet([GATE, DOOR, HATCH], one.port)
    reports = found.look(settling=10)
    assert {name: report.up for name, report in reports.items()} == dict.fromkeys(
        ("gate", "door", "hatch"), True
    )
    assert found.read_points["hatch"] == {"1": False}
    assert one.accepted == 1


def test_a_gateway_without_a_status_of_its_own_is_up(peer, fleet):
    reports = gateway(peer, fleet, Gateway(CHILDREN)).look(settling=10)
    assert reports["gate"].up
    assert reports["door"].up


def test_a_gateway_that_answers_an_error_is_up_when_a_child_answers(peer, fleet):
    reports = gateway(peer, fleet, Gateway(CHILDREN, own=b"data format error")).look(settling=10)
    assert reports["gate"].up
    assert reports["door"].up


def test_a_child_that_the_list_does_not_name_is_not_taken_for_its_gateway(peer, fleet):
    lost = replace(DOOR, cid="", flaw="the device list has no node_id of it")
    one = peer(speaks(Gateway(CHILDREN, own={"dps": {"32": "normal"}})))
    reports = fleet([GATE, lost, HATCH], one.port).look(settling=10)
    assert {name: report.up for name, report in reports.items()} == {
        "gate": True,
        "door": False,
        "hatch": True,
    }
    assert reports["door"].reason is Reason.OTHER


def test_behind_a_dead_gateway_nobody_is_asked(fleet, free_port):
    reports = fleet([GATE, DOOR], free_port).look(settling=10)
    assert reports["gate"].reason is Reason.REFUSED
    assert reports["door"].reason is Reason.GATEWAY


def test_a_gateways_cached_answer_is_not_taken_for_life(peer, fleet):
    answer = Gateway(CHILDREN, lost=["cid-door"])
    reports = gateway(peer, fleet, answer).look(settling=10)
    assert (reports["door"].up, reports["door"].reason) == (False, Reason.TIMEOUT)
    assert reports["hatch"].up
    assert "cid-door" not in answer.asked


def test_a_gateway_that_cannot_tell_is_not_believed_until_a_value_changes(peer, fleet, until):
    points = {"cid-door": {"1": True}, "cid-hatch": {"1": True}}
    found = gateway(peer, fleet, Gateway(points, knows=False))
    found.look(settling=10)
    until(lambda: found.look()["door"].messages >= 2)
    assert found.look()["door"].up is None
    points["cid-door"] = {"1": False}
    until(lambda: found.look()["door"].up)
    assert found.look()["hatch"].up is None


def test_a_silent_child_costs_its_siblings_nothing(peer, fleet, until):
    answer = Gateway(CHILDREN, silent=["cid-door"], own={"dps": {"32": "normal"}})
    found = gateway(peer, fleet, answer, longest_pause=60)
    reports = found.look(settling=10)
    assert (reports["door"].reason, set(reports["door"].errors)) == (Reason.TIMEOUT, {"902"})
    assert reports["hatch"].up
    assert reports["gate"].up
    until(lambda: found.look()["hatch"].messages >= 6)
    # The silent one has a breaker of its own.
    assert answer.asked.count("cid-door") < answer.asked.count("cid-hatch")


@pytest.mark.parametrize("first", [True, False])
def test_a_report_that_nobody_asked_for_is_taken(peer, fleet, until, first):
    ready = threading.Event()

    def answer(session, request):
        out = session.answer(request, {"dps": {"1": False}} if request.command == 16 else b"").data
        if ready.is_set() and request.command == Command.HEART_BEAT:
            told = session.report({"protocol": 4, "data": {"dps": {"1": True}}}).data
            out = told + out if first else out + told
        return out

    found = fleet([device()], peer(speaks(answer)).port, every=600, beat=0.2)
    assert found.one().up
    ready.set()
    until(lambda: found.read_points["plug"]["1"] is True)
    assert found.one().messages >= 2


def test_heartbeats_keep_the_connection_and_a_missing_one_ends_it(peer, fleet, until):
    mute = threading.Event()

    def answer(session, request):
        if mute.is_set():
            return b""
        return answers({"1": True})(session, request)

    one = peer(speaks(answer))
    found = fleet([device()], one.port, every=600, beat=0.2)
    assert found.one().up
    seen = found.one().last_seen
    until(lambda: found.one().last_seen > seen)
    assert one.accepted == 1
    mute.set()
    until(lambda: found.one().reason is Reason.TIMEOUT)
    mute.clear()
    until(lambda: found.one().up)


def test_connections_are_renewed_on_a_schedule(peer, fleet, until):
    one = peer(speaks(answers({"1": True})))
    found = fleet([device()], one.port, every=0.1, renewal=0.3)
    until(lambda: found.one().connects >= 3)
    assert found.one().up
    assert found.one().errors == {}
    assert one.accepted >= 3


def test_a_device_that_hangs_up_after_each_answer_is_no_failing_one(peer, fleet, until):
    def serve(line):
        class Once:
            answered = 0

            def recv(self, size):
                return b"" if self.answered > 1 else line.recv(size)

            def sendall(self, data):
                self.answered += 1
                line.sendall(data)

        speaks(answers({"1": True}))(Once())

    found = fleet([device(points={})], peer(serve).port, every=0.2)
    until(lambda: found.one().messages >= 3)
    assert (found.one().up, found.one().errors) == (True, {})


def test_metering_is_asked_for_as_long_as_the_device_can(peer, fleet, until):
    orders = []

    def answer(session, request):
        if request.command == Command.UPDATEDPS:
            orders.append(request.body["dpId"])
            return session.answer(request, b"data format error", 1).data
        return answers({"19": 5})(session, request)

    points = {"19": Point("cur_power", 1, "W")}
    found = fleet([device(points=points)], peer(speaks(answer)).port, every=0.1)
    until(lambda: found.one().messages >= 3)
    assert orders == [[19]]


def test_a_reload_leaves_alone_what_has_not_changed(peer, fleet, until):
    host = loopback()
    serve = speaks(answers({"1": True}))
    first = peer(serve, f"{host}.1", 0)
    others = [peer(serve, f"{host}.{n}", first.port) for n in (2, 3)]
    kept, moved = device("kept", f"{host}.1"), device("moved", f"{host}.2")
    found = fleet([kept, moved], first.port)
    assert all(report.up for report in found.look(settling=10).values())
    messages = found.one("moved").messages
    elsewhere = device("moved", f"{host}.3")
    again = device("kept", f"{host}.1")
    found.engine.replace(Roll([again, elsewhere, device("new", "")]), 10)
    reports = found.look(settling=10)
    assert reports["moved"].up
    assert reports["moved"].messages > messages
    assert reports["new"].reason is Reason.OTHER
    assert (first.accepted, others[0].accepted, others[1].accepted) == (1, 1, 1)
    found.engine.replace(Roll([elsewhere]), 10)
    assert list(found.look()) == ["moved"]
    until(lambda: others[1].accepted == 1)


def _is_ended(line):
    """Tell whether the other side has closed a connection, even if something is left to read."""
    if line.fileno() < 0:
        return True
    looking = select.poll()
    looking.register(line, select.POLLRDHUP)
    return bool(looking.poll(0))


def test_no_more_attempts_are_under_way_than_there_are_slots(fleet, peer, until):
    host, at_once, most = loopback(), [], [0]
    lock = threading.Lock()

    def serve(line):
        with lock:
            at_once.append(line)
            # Counted are those that the other side has not closed, however late we get to read it.
            most[0] = max(most[0], sum(not _is_ended(each) for each in at_once))
        while line.recv(4096):
            pass
        with lock:
            at_once.remove(line)

    first = peer(serve, f"{host}.1", 0)
    for number in range(2, 13):
        peer(serve, f"{host}.{number}", first.port)
    fleets = fleet(
        [device(f"d{n}", f"{host}.{n}") for n in range(1, 13)], first.port, connections=3
    )
    until(lambda: all(report.settled for report in fleets.look().values()))
    assert most[0] <= 3


def test_an_address_that_changes_is_found_by_the_device_id(fleet, peer, until):
    host = loopback()
    one = peer(speaks(answers({"1": True})), f"{host}.9", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = fleet([device("plug", f"{host}.1")], one.port, discovery=(port,))
    assert found.one().reason is Reason.REFUSED
    said = {"ip": f"{host}.9", "gwId": "id-plug", "version": "3.4"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def heard():
            sender.sendto(broadcast(said, "3.4", bytes), ("127.0.0.1", port))
            return found.one().up

        until(heard)
    assert one.accepted >= 1


def test_what_another_source_has_heard_counts_for_a_sleeper(fleet, free_port, until):
    places = {"plug": Place("site", report_interval=3600)}
    found = fleet([device()], free_port, places)
    assert found.one().up is None
    found.engine.sighted("id-plug", SystemClock().time(), {"1": True})
    until(lambda: found.one().up)
    assert found.one().asleep
    assert found.read_points["plug"] == {"1": True}
    found.engine.sighted("nobody", 0, {})


def test_a_stop_hangs_up_and_leaves_no_thread(peer, fleet, until):
    one = peer(speaks(answers({"1": True})))
    before = threading.active_count()
    found = fleet([device()], one.port)
    assert found.one().up
    found.close()
    until(lambda: threading.active_count() <= before)
    until(lambda: _ended(one.lines[0]))


def _ended(line):
    try:
        return line.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def test_a_defect_with_one_device_does_not_hide_the_others(peer, fleet, caplog):
    host = loopback()
    serve = speaks(answers({"1": True}))
    first = peer(serve, f"{host}.1", 0)
    peer(serve, f"{host}.2", first.port)

    def read(one, _points):
        if one.name == "odd":
            raise KeyError("a defect")

    devices = [device("odd", f"{host}.1"), device("even", f"{host}.2")]
    reports = fleet(devices, first.port, read=read).look(settling=10)
    assert reports["odd"].reason is Reason.OTHER
    assert reports["even"].up
    assert [vars(record)["device"] for record in caplog.records if record.exc_info] == ["odd"]


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_of_tinytuya_is_told_with_device_and_reason(
    peer, fleet, monkeypatch, caplog, until, code
):
    """Whatever tinytuya makes of an answer: the exporter goes on, and recovers."""
    assert code in error_codes
    caplog.set_level(logging.INFO)
    failing = threading.Event()
    failing.set()
    decode = codec_module._Wire._decode_payload

    def decoded(wire, payload):
        return error_json(code) if failing.is_set() else decode(wire, payload)

    monkeypatch.setattr(codec_module._Wire, "_decode_payload", decoded)
    found = fleet([device()], peer(speaks(answers({"1": True}))).port)
    report = found.one()
    assert report.up is False
    assert set(report.errors) == {str(code)}
    assert isinstance(report.reason, Reason)
    (line,) = [vars(r) for r in caplog.records if r.getMessage() == "device down"]
    assert (line["device"], line["reason"], line["code"]) == ("plug", report.reason.value, code)
    failing.clear()
    until(lambda: found.one().up)
    assert any(r.getMessage() == "device up" for r in caplog.records)


def test_a_failure_tells_what_and_no_key():
    failure = DeviceFailed(Reason.WRONG_KEY, 914, "it hangs up")
    assert str(failure) == "wrong-key (914): it hangs up"


def test_many_looks_do_not_disturb(peer, fleet):
    found = fleet([device()], peer(speaks(answers({"1": True}))).port)
    found.one()
    begun = time.monotonic()
    for _ in range(50):
        found.look()
    assert time.monotonic() - begun < 20


def test_a_flawed_entry_is_down_with_its_reason_in_the_log(peer, fleet, caplog):
    orphan = device("orphan", parent="id-nowhere", flaw="its gateway is not in the device list")
    one = peer(speaks(answers({"1": True})))
    reports = fleet([orphan, device()], one.port).look(settling=10)
    assert (reports["orphan"].reason, reports["orphan"].errors) == (Reason.OTHER, {})
    assert reports["plug"].up
    (line,) = [vars(r) for r in caplog.records if r.getMessage() == "device down"]
    assert (line["device"], line["why"]) == ("orphan", orphan.flaw)


def test_another_key_in_the_list_is_tried_at_once(peer, fleet):
    one = peer(speaks(answers({"1": True}), key="fedcba9876543210"))
    found = fleet([device()], one.port, longest_pause=600)
    assert found.one().reason is Reason.WRONG_KEY
    found.engine.replace(Roll([device(key="fedcba9876543210")]), 10)
    assert found.one().up


def test_what_a_gateway_could_not_tell_once_is_asked_again_on_the_next_connection(
    peer, fleet, until
):
    answer = Gateway(CHILDREN, knows=False, own={"dps": {"32": "normal"}})
    found = gateway(peer, fleet, answer, renewal=0.5)
    found.look(settling=10)
    assert found.look()["door"].up is None
    answer.knows = True
    until(lambda: found.look()["door"].up)


def test_a_device_that_names_itself_is_not_taken_for_a_stranger(peer, fleet):
    def answer(session, request):
        return session.answer(request, {"cid": "cid-of-its-own", "dps": {"1": True}}).data

    found = fleet([device()], peer(speaks(answer)).port)
    assert found.one().up
    assert found.read_points["plug"] == {"1": True}


def test_an_engine_that_has_ended_says_so(peer, fleet):
    found = fleet([device()], peer(speaks(answers({"1": True}))).port)
    found.close()
    with pytest.raises(TimeoutError, match="has ended"):
        found.look()
    found.engine.sighted(device().id, 0.0, {"1": True})


def test_reloads_that_overlap_leave_a_device_one_client(peer, fleet, until):
    host = loopback()
    serve = speaks(answers({"1": True}))
    first = peer(serve, f"{host}.1", 0)
    second = peer(serve, f"{host}.2", first.port)
    busy = threading.Event()

    def read(_one, points):
        if "busy" in points:
            busy.wait(20)
        return Readings()

    found = fleet([device("plug", f"{host}.1")], first.port, read=read)
    assert found.one().up
    moved = Roll([device("plug", f"{host}.2")])
    found.engine.sighted(device("plug").id, 0.0, {"busy": True})
    for _ in range(3):
        with suppress(TimeoutError):
            found.engine.replace(moved, 0)
    busy.set()
    found.engine.replace(moved, 20)
    until(lambda: found.one().messages >= 4)
    assert second.accepted == 1


def test_a_gateway_without_a_status_has_no_response_time(peer, fleet):
    report = gateway(peer, fleet, Gateway(CHILDREN, own=b"data format error")).look(10)["gate"]
    assert (report.up, report.response) == (True, None)
