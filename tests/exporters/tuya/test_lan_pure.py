"""When to try again, where, and what follows from what was seen: without a network."""

import pytest
import tinytuya
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.tuya.failure import DeviceFailed, Evidence, Reason, classify
from sothat.exporters.tuya.lan.addresses import Addresses, Whereabouts
from sothat.exporters.tuya.lan.breaker import FAILURES_TO_OPEN, Breaker, Pacing
from sothat.exporters.tuya.lan.discovery import Sighting, read_broadcast
from sothat.exporters.tuya.lan.vitals import Proof, Vitals
from sothat.exporters.tuya.lan.witness import NoWitness, judge
from sothat.exporters.tuya.points import Readings
from sothat.runtime.secrets import Secret
from tinytuya.core.udp_helper import encrypt, udpkey

from .peers import KEY, device

NOW = 1_700_000_000.0
SILENT = DeviceFailed(Reason.TIMEOUT, 902)


@given(st.floats(0, 0.999), st.integers(1, 200))
def test_pauses_grow_to_a_bound_and_are_never_in_step(chance, failures):
    breaker = Breaker(Pacing(30, lambda: chance))
    assert breaker.pause() == 0
    for _ in range(failures):
        breaker.failed()
    whole = min(30, 2.0 ** min(failures - 1, 30))
    assert whole / 2 <= breaker.pause() <= whole
    assert breaker.open == (failures >= FAILURES_TO_OPEN)
    breaker.succeeded()
    assert (breaker.open, breaker.pause()) == (False, 0)


def test_an_address_that_was_heard_is_tried_in_turn_and_kept_once_it_works():
    listed, heard = Whereabouts("10.0.0.1", "3.3"), Whereabouts("10.0.0.2", "3.4")
    places = Addresses(listed)
    assert places.choose(failing=0) == listed
    assert places.hear(*heard)
    assert not places.hear(*heard)
    assert places.choose(failing=0) == listed
    assert {places.choose(failing=n) for n in range(1, 4)} == {listed, heard}
    places.works(heard)
    assert places.choose(failing=0) == heard
    assert places.hear("10.0.0.3", "")
    assert places.choose(failing=1) == Whereabouts("10.0.0.3", "3.4")


def test_a_device_without_an_address_has_one_once_it_is_heard():
    places = Addresses(Whereabouts("", "3.3"))
    assert places.choose(failing=3).address == ""
    places.hear("10.0.0.2", "3.3")
    assert {places.choose(failing=n).address for n in range(3)} == {"10.0.0.2"}


def framed(payload, prefix, key=None):
    fields = {"seqno": 0, "cmd": 0x13, "retcode": 0, "payload": payload, "crc": 0}
    message = tinytuya.TuyaMessage(**fields, crc_good=True, prefix=prefix, iv=key and True)
    return tinytuya.pack_message(message, hmac_key=key)


def broadcast(version):
    said = f'{{"ip":"10.0.0.9","gwId":"bf01","version":"{version}","productKey":"k"}}'.encode()
    if version == "3.5":
        return framed(said, tinytuya.PREFIX_6699_VALUE, udpkey)
    text = said if version == "3.1" else encrypt(said, udpkey)
    # A device's frames have a return code before the payload.
    return framed(bytes(4) + text, tinytuya.PREFIX_55AA_VALUE)


@pytest.mark.parametrize("version", ["3.1", "3.3", "3.4", "3.5"])
def test_broadcasts_as_tinytuya_makes_them(version):
    assert read_broadcast(broadcast(version)) == Sighting("bf01", "10.0.0.9", version)


@given(st.binary(max_size=3000))
def test_no_datagram_makes_it_raise(data):
    assert read_broadcast(data) is None


@pytest.mark.parametrize(
    ("code", "seen", "reason"),
    [
        (902, Evidence("3.4"), Reason.TIMEOUT),
        (905, Evidence("3.4"), Reason.TIMEOUT),
        (901, Evidence("3.4"), Reason.PROTOCOL),
        (914, Evidence("3.4"), Reason.WRONG_KEY),
        (900, Evidence("3.3", b"\xff" * 32, intact=True), Reason.WRONG_KEY),
        (900, Evidence("3.3", b"\xff" * 32, intact=True, legible=True), Reason.PROTOCOL),
        (904, Evidence("3.3", b"parse data error", intact=True), Reason.WRONG_KEY),
        (900, Evidence("3.3", b"data format error", intact=True), Reason.PROTOCOL),
        (904, Evidence("3.3", b"\xff" * 32, intact=False), Reason.PROTOCOL),
        (904, Evidence("3.3"), Reason.PROTOCOL),
        (900, Evidence("3.5", b"\xff" * 32, intact=True), Reason.PROTOCOL),
        *(
            (code, Evidence("3.4"), Reason.OTHER)
            for code in (903, 906, 907, 909, 910, 911, 912, 913)
        ),
    ],
)
def test_codes_are_told_apart_by_what_was_seen(code, seen, reason):
    assert classify(code, seen) is reason


def vitals(one=None, interval=0.0, before=None):
    breaker = Breaker(Pacing(30, lambda: 0.0))
    return Vitals(one or device(), interval, lambda *_: Readings(), breaker, before)


def test_before_the_first_word_nothing_is_known():
    report = vitals().report(NOW)
    assert (report.up, report.reason, report.settled) == (None, None, False)


def test_a_device_that_never_answered_is_down_at_once():
    one = vitals()
    assert one.failed(SILENT)
    assert one.report(NOW).reason is Reason.TIMEOUT
    assert not one.failed(SILENT)


def test_one_failure_of_a_device_that_was_well_is_tried_again_first():
    one = vitals()
    one.answered({"1": True}, 0.1, NOW, Proof.ALIVE)
    assert not one.failed(DeviceFailed(Reason.WRONG_KEY, 914))
    assert one.report(NOW).up
    assert one.report(NOW).errors == {"914": 1}
    assert one.failed(DeviceFailed(Reason.WRONG_KEY, 914))
    report = one.report(NOW)
    assert (report.up, report.reason, report.readings) == (False, Reason.WRONG_KEY, None)


def test_a_change_of_reason_is_news():
    one = vitals()
    one.failed(SILENT)
    assert one.failed(DeviceFailed(Reason.REFUSED, 901))


CHILD = device("door", parent="id-gate")


def test_an_answer_from_a_gateways_memory_is_no_sign_of_life():
    one = vitals(CHILD)
    for at in range(3):
        one.answered({"1": True}, 0.1, NOW + at, Proof.MEMORY)
    report = one.report(NOW + 3)
    assert (report.up, report.last_seen, report.data_at) == (None, None, None)
    one.answered({"1": False}, 0.1, NOW + 9, Proof.MEMORY)
    report = one.report(NOW + 9)
    assert (report.up, report.last_seen, report.data_at) == (True, NOW + 9, NOW + 9)
    later = one.report(NOW + 90_000)
    assert (later.up, later.reason) == (None, None)


def test_a_child_that_its_gateway_vouches_for_is_up():
    one = vitals(CHILD)
    one.answered({"1": True}, 0.1, NOW, Proof.ALIVE)
    assert one.report(NOW + 90_000).up
    one.out_of_reach()
    assert one.report(NOW).reason is Reason.TIMEOUT


def test_a_child_that_promised_reports_is_down_when_they_stay_away():
    one = vitals(CHILD, interval=3600)
    one.reported({"1": True}, NOW)
    assert one.report(NOW + 3000).up
    assert one.report(NOW + 4000).reason is Reason.TIMEOUT


def test_a_sleeper_is_up_for_its_report_interval_and_down_after():
    one = vitals(interval=3600)
    assert not one.failed(SILENT)
    assert one.report(NOW).up is None
    assert one.report(NOW).errors == {}
    one.connected()
    one.answered({"1": True}, 0.1, NOW, Proof.ALIVE)
    assert (one.report(NOW).up, one.report(NOW).asleep) == (True, False)
    one.disconnected()
    for _ in range(5):
        assert not one.failed(DeviceFailed(Reason.REFUSED, 901))
    report = one.report(NOW + 3000)
    assert (report.up, report.asleep, report.readings) == (True, True, Readings())
    assert not report.circuit_open
    gone = one.report(NOW + 4000)
    assert (gone.up, gone.reason, gone.asleep, gone.readings) == (
        False,
        Reason.TIMEOUT,
        False,
        None,
    )


def test_a_sleeper_whose_address_nobody_knows_is_not_down():
    one = vitals(interval=3600)
    assert not one.failed(DeviceFailed(Reason.OTHER, 905, "its address is not known"))
    assert (one.report(NOW).up, one.report(NOW).errors) == (None, {})


def test_a_sleeper_under_another_key_is_down():
    one = vitals(interval=3600)
    one.failed(DeviceFailed(Reason.WRONG_KEY, 914))
    assert one.report(NOW).reason is Reason.WRONG_KEY


def test_counters_outlive_a_reload():
    one = vitals()
    one.answered({"1": True}, 0.1, NOW, Proof.ALIVE)
    one.failed(SILENT)
    after = vitals(before=one)
    report = after.report(NOW)
    assert (report.messages, report.errors, report.last_seen) == (1, {"902": 1}, NOW)
    assert report.up is None


def test_points_that_a_device_makes_up_are_bounded():
    kept = []
    breaker = Breaker(Pacing(30, lambda: 0.0))
    one = Vitals(device(), 0.0, lambda _d, points: kept.append(len(points)), breaker)
    for number in range(200):
        one.reported({f"{number}-{n}": 1 for n in range(100)}, NOW)
    assert max(kept) == kept[-1] == 512


class Cloud:
    """Knows the key in force."""

    def __init__(self, key):
        self._key = key and Secret(key)
        self.asked = []

    def key(self, _device):
        return self._key

    def online(self, _device):
        return None

    def suspect(self, device_id):
        self.asked.append(device_id)


HUNG_UP = DeviceFailed(Reason.WRONG_KEY, 914, "it hangs up")
REFUSED = DeviceFailed(Reason.REFUSED, 901)


@pytest.mark.parametrize(
    ("failure", "key", "reason"),
    [
        (SILENT, KEY, Reason.TIMEOUT),
        (SILENT, "another key 0000", Reason.WRONG_KEY),
        (SILENT, None, Reason.TIMEOUT),
        (HUNG_UP, KEY, Reason.PROTOCOL),
        (HUNG_UP, "another key 0000", Reason.WRONG_KEY),
        (HUNG_UP, None, Reason.WRONG_KEY),
    ],
)
def test_who_knows_the_key_in_force_tells_a_changed_key_from_silence(failure, key, reason):
    cloud = Cloud(key)
    judged = judge(device(), failure, cloud)
    assert judged.reason is reason
    assert (judged.code == 914) == (reason is Reason.WRONG_KEY or failure is HUNG_UP)
    assert cloud.asked == ["id-plug"]


def test_a_device_that_refuses_is_no_suspect():
    cloud = Cloud(KEY)
    assert judge(device(), REFUSED, cloud) is REFUSED
    assert cloud.asked == []


def test_nobody_knows_more_than_the_wire():
    assert judge(device(), SILENT, NoWitness()) is SILENT
