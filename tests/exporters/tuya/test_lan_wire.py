"""The engine against peers that are no proper devices: which device, and why."""

import asyncio
import gc
import logging
import os
import socket
import struct
import time

import pytest
from sothat.exporters.tuya.failure import Reason
from sothat.exporters.tuya.lan.codec import Codec
from sothat.exporters.tuya.lan.line import Line, LineLost
from sothat.runtime.secrets import Secret
from sothat.simulator.wire.session import Session

from .peers import KEY, VERSIONS, answers, device, speaks

OTHER_KEY = "fedcba9876543210"
OLD = ("3.1", "3.2", "3.3")
NEW = ("3.4", "3.5")


def silent(line):
    while line.recv(4096):
        pass


def garbage(line):
    line.recv(4096)
    line.sendall(os.urandom(2000))
    silent(line)


def hang_up(line):
    line.recv(4096)


def reset(line):
    line.recv(4096)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def oversized(line):
    line.recv(4096)
    line.sendall(bytes.fromhex("000055aa 00000001 0000000a 7fffffff") + bytes(1000))
    silent(line)


def flood(line):
    line.recv(4096)
    while True:
        line.sendall(bytes.fromhex("000055aa 00000001 0000000a 7fffffff") * 1000)


def chatter(version):
    """Say good things without end."""

    def serve(line):
        session = Session(version, KEY.encode(), os.urandom)
        while not session.open:
            for event in session.receive(line.recv(4096)):
                line.sendall(event.data)
        while True:
            line.sendall(session.report({"data": {"dps": {"1": True}}}).data * 50)

    return serve


def drip(line):
    line.recv(4096)
    line.sendall(bytes.fromhex("000055aa 00000001 0000000a 00000fff"))
    while True:
        line.sendall(b"\0")
        time.sleep(0.05)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_device_of_each_version_is_up(peer, fleet, version):
    one = peer(speaks(answers({"1": True, "19": 12}), version))
    found = fleet([device(version=version)], one.port)
    report = found.one()
    assert (report.up, report.reason, report.errors) == (True, None, {})
    assert found.read_points["plug"] == {"1": True, "19": 12}
    assert report.response < 5


@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_listens(fleet, free_port, version):
    report = fleet([device(version=version)], free_port).one()
    assert (report.up, report.reason) == (False, Reason.REFUSED)
    assert set(report.errors) == {"901"}


@pytest.mark.parametrize("version", VERSIONS)
def test_silence_is_a_timeout_whatever_tinytuya_calls_it(peer, fleet, version):
    report = fleet([device(version=version)], peer(silent).port).one()
    assert report.reason is Reason.TIMEOUT
    assert set(report.errors) == {"902"}


def test_a_host_that_answers_nothing_is_a_timeout(fleet):
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    fillers = [socket.socket() for _ in range(4)]
    for one in fillers:
        one.settimeout(0)
        one.connect_ex(("127.0.0.1", port))
    report = fleet([device(version="3.3")], port).one()
    for one in (*fillers, full):
        one.close()
    assert report.reason is Reason.TIMEOUT
    assert set(report.errors) <= {"902", "905"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("serve", "kind"), [(garbage, "noise"), (oversized, "oversized"), (flood, "oversized")]
)
def test_noise_is_no_answer_and_no_crash(peer, fleet, version, serve, kind, caplog):
    caplog.set_level(logging.WARNING)
    report = fleet([device(version=version)], peer(serve).port).one()
    assert report.reason in (Reason.PROTOCOL, Reason.WRONG_KEY)
    assert report.malformed[kind] >= 1
    assert set(report.errors) <= {"900", "901", "904", "914"}
    shown = [vars(record) for record in caplog.records]
    assert any(record.get("device") == "plug" and record.get("kind") == kind for record in shown)
    assert any(
        record.get("device") == "plug" and record.get("reason") == report.reason for record in shown
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reset_is_a_broken_connection(peer, fleet, version):
    report = fleet([device(version=version)], peer(reset).port).one()
    assert report.reason is Reason.PROTOCOL
    assert set(report.errors) == {"901"}


@pytest.mark.parametrize("version", NEW)
def test_a_hang_up_on_the_handshake_is_a_wrong_key(peer, fleet, version):
    report = fleet([device(version=version)], peer(hang_up).port).one()
    assert report.reason is Reason.WRONG_KEY
    assert set(report.errors) == {"914"}


@pytest.mark.parametrize("version", OLD)
def test_a_hang_up_without_a_handshake_is_no_wrong_key(peer, fleet, version):
    report = fleet([device(version=version)], peer(hang_up).port).one()
    assert report.reason is Reason.PROTOCOL
    assert set(report.errors) == {"904"}


@pytest.mark.parametrize("version", ["3.2", "3.3", *NEW])
def test_another_key_is_told_from_silence(peer, fleet, version):
    one = peer(speaks(answers({"1": True}), version, OTHER_KEY))
    report = fleet([device(version=version)], one.port).one()
    assert report.reason is Reason.WRONG_KEY


def test_an_answer_under_another_key_proves_it(peer, fleet):
    def serve(line):
        line.recv(4096)
        line.sendall(bytes.fromhex("000055aa 00000001 00000004 00000064"))
        line.sendall(bytes(4 + 60) + os.urandom(32) + bytes.fromhex("0000aa55"))
        silent(line)

    report = fleet([device(version="3.4")], peer(serve).port).one()
    assert report.reason is Reason.WRONG_KEY
    assert set(report.errors) == {"914"}


def test_a_peer_that_drips_costs_one_timeout(peer, fleet):
    report = fleet([device(version="3.3")], peer(drip).port).one()
    assert report.reason is Reason.TIMEOUT


@pytest.mark.parametrize("version", ["3.3", "3.4"])
def test_a_device_that_talks_without_end_is_hung_up_on(peer, fleet, version, until):
    found = fleet([device(version=version)], peer(chatter(version)).port)
    until(lambda: found.one().reason is Reason.PROTOCOL)
    assert set(found.one().errors) <= {"904", "901"}


class Cloud:
    """Knows the key in force."""

    def __init__(self, key):
        self._key = Secret(key)
        self.asked = []

    def key(self, _device):
        return self._key

    def online(self, _device):
        return None

    def suspect(self, device_id):
        self.asked.append(device_id)


def test_silence_is_a_wrong_key_when_the_cloud_knows_another(peer, fleet):
    cloud = Cloud(OTHER_KEY)
    report = fleet([device()], peer(silent).port, witness=cloud).one()
    assert report.reason is Reason.WRONG_KEY
    assert set(report.errors) == {"914"}
    assert "id-plug" in cloud.asked


def test_a_hang_up_is_no_wrong_key_when_the_cloud_knows_the_same(peer, fleet):
    report = fleet([device()], peer(hang_up).port, witness=Cloud(KEY)).one()
    assert report.reason is Reason.PROTOCOL


@pytest.mark.parametrize("version", VERSIONS)
def test_frames_that_are_split_joined_and_preceded_by_noise_are_read(peer, fleet, until, version):
    def answer(session, request):
        if request.command not in (10, 13, 16):
            return session.answer(request).data
        report = session.report(
            {"dps": {"19": 5}} if version < "3.4" else {"data": {"dps": {"19": 5}}}
        )
        return b"noise" + report.data + session.answer(request, {"dps": {"1": True}}).data

    def piecewise(line):
        class Slow:
            def recv(self, size):
                return line.recv(size)

            def sendall(self, data):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(data), 7):
                    line.sendall(data[at : at + 7])
                    time.sleep(0.001)

        speaks(answer, version)(Slow())

    found = fleet([device(version=version)], peer(piecewise).port, timeout=5)
    report = found.one()
    assert report.up
    until(lambda: found.read_points["plug"] == {"1": True, "19": 5})
    assert report.malformed["noise"] >= 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_device_that_closes_in_the_middle_of_a_frame(peer, fleet, version):
    def answer(session, request):
        return session.answer(request, {"dps": {"1": True}}).data[:-9]

    def serve(line):
        class Cut:
            sent = 0

            def recv(self, size):
                return b"" if self.sent > (version >= "3.4") else line.recv(size)

            def sendall(self, data):
                self.sent += 1
                line.sendall(data)

        speaks(answer, version)(Cut())

    report = fleet([device(version=version)], peer(serve).port).one()
    assert report.reason is Reason.PROTOCOL
    assert report.malformed["truncated"] >= 1
    assert set(report.errors) == {"904"}


@pytest.mark.parametrize("version", ["3.3", "3.4", "3.5"])
def test_an_answer_that_is_replayed_is_not_taken_for_a_new_one(peer, fleet, until, version):
    first = []

    def answer(session, request):
        if request.command not in (10, 13, 16):
            return session.answer(request).data
        if not first:
            first.append(session.answer(request, {"dps": {"1": True}}).data)
        return first[0]

    found = fleet([device(version=version)], peer(speaks(answer, version)).port)
    assert found.one().up
    until(lambda: found.one().malformed.get("replayed", 0) >= 1)
    until(lambda: found.one().up is False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_frame_with_a_wrong_checksum(peer, fleet, version):
    def answer(session, request):
        good = session.answer(request, {"dps": {"1": True}}).data
        return good[:-6] + bytes(byte ^ 255 for byte in good[-6:-4]) + good[-4:]

    report = fleet([device(version=version)], peer(speaks(answer, version)).port).one()
    assert report.malformed["checksum"] >= 1
    if version >= "3.4":
        assert report.reason is Reason.PROTOCOL
    else:  # as tinytuya has it: what can be read is taken
        assert report.up


@pytest.mark.parametrize("text", [b"data format error", b"[1, 2]", b'"text"', b"12", b"{" * 900])
@pytest.mark.parametrize("version", VERSIONS)
def test_answers_that_are_no_points(peer, fleet, version, text):
    def answer(session, request):
        return session.answer(request, text, 1).data

    report = fleet([device(version=version)], peer(speaks(answer, version)).port).one()
    assert report.reason is Reason.PROTOCOL
    assert set(report.errors) <= {"900", "904"}
    assert report.malformed["undecodable"] >= 1


@pytest.mark.parametrize("dps", [None, [], "x", 7, {"": None}, {"1": {"deep": [1]}}])
def test_points_of_odd_forms_do_no_harm(peer, fleet, dps):
    def answer(session, request):
        return session.answer(request, {"dps": dps, "data": dps, "cid": dps}).data

    report = fleet([device(version="3.3")], peer(speaks(answer, "3.3")).port).one()
    assert report.reason in (None, Reason.PROTOCOL, Reason.TIMEOUT)


def test_a_device_that_wants_its_points_listed_is_asked_again(peer, fleet):
    seen = []

    def answer(session, request):
        if request.command == 10:
            return session.answer(request, b"json obj data unvalid", 1).data
        seen.append(request.body["dps"])
        return session.report({"dps": {"1": True}}).data

    found = fleet([device(version="3.3")], peer(speaks(answer, "3.3")).port)
    assert found.one().up
    assert seen[0] == {"1": None, "19": None}


def test_keys_are_in_no_log_and_no_repr(peer, fleet, caplog):
    caplog.set_level(logging.DEBUG)
    for version in VERSIONS:
        found = fleet([device(version=version)], peer(garbage).port)
        report = found.one()
        assert KEY not in repr(report)
        good = fleet([device(version=version)], peer(speaks(answers({"1": 1}), version)).port)
        assert good.one().up
    for record in caplog.records:
        assert KEY not in repr(vars(record))
        assert KEY not in record.getMessage()


class Deaf:
    """Is told nothing."""

    reported = flawed = None


def test_a_connection_that_is_gone_before_the_handshake_leaves_nothing_unsaid():
    told = []

    async def greet():
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        line = Line(Codec(device(version="3.4")), Deaf())
        with pytest.raises(LineLost):
            await line.shake_hands(1)
        line.connection_lost(None)
        del line
        gc.collect()

    asyncio.run(greet())
    assert not told
