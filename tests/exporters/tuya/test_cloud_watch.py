"""The cloud's collector against the simulated cloud, over real HTTP on loopback."""

import json
import shutil
import subprocess
from contextlib import suppress

import pytest
from sothat.exporters.exposition import encode
from sothat.exporters.negotiation import TEXT
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya_cloud import api
from sothat.exporters.tuya_cloud.collector import TuyaCloudSource
from sothat.exporters.tuya_cloud.contract import contract
from sothat.exporters.tuya_cloud.errors import CloudFailed, Kind
from sothat.exporters.tuya_cloud.opening import open_budget, open_client
from sothat.exporters.tuya_cloud.schedule import DAY, HOUR
from sothat.exporters.tuya_cloud.watch import EVERY, CloudWatch
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.secrets import Secret

from .clouds import SECRET, FakeClock, client, project, serving_cloud


class Setting:
    """A simulated cloud, a client of it, and a clock for both."""

    def __init__(self, folder, number=0, *, calls=26_000, terms=None, every=None, **what):
        self.clock = FakeClock()
        self.project = project(self.clock, number, **what)
        self._serving = serving_cloud(self.project)
        self.base = self._serving.__enter__()
        self.client = client(self.base, self.clock, folder, calls, **(terms or {}))
        self.sighted = []
        self.watch = CloudWatch(
            self.client,
            self.clock,
            EVERY if every is None else every,
            900,
            lambda *seen: self.sighted.append(seen),
            lambda: 0.0,
        )

    def poll(self, seconds=600.0):
        self.watch.poll(self.clock.deadline(seconds))

    def close(self):
        self.client.close()
        self._serving.__exit__(None, None, None)


@pytest.fixture
def cloud(tmp_path):
    opened = []

    def start(*args, **kwargs):
        opened.append(Setting(tmp_path, *args, **kwargs))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 150, 151])
def test_every_page_is_read(cloud, number):
    one = cloud(number)
    listed = [*api.devices(one.client, one.clock.deadline())]
    assert [device.id for device in listed] == [f"id{n:06}" for n in range(number)]
    assert one.project.calls["devices"] == max(1, -(-number // 50))
    keys = dict(api.keys(one.client, "eu1", one.clock.deadline()))
    assert len(keys) == number
    assert one.project.calls["keys"] == max(1, -(-number // 75))
    assert not one.project.refused


def test_a_fleet_is_known_after_one_poll(cloud):
    one = cloud(60)
    dead = one.project.things["id000003"]
    dead.online = False
    one.project.things["id000004"].status = {"va_temperature": 215}
    one.poll()
    assert one.watch.online("id000003") is False
    assert one.watch.online("id000004") is True
    assert one.watch.online("nobody") is None
    assert one.watch.key("id000004").reveal() == "key-000000000004"
    values = {who: points for who, _, points in one.sighted if "va_temperature" in points}
    assert values == {"id000004": {"va_temperature": 215}}
    assert "id000003" not in {who for who, _, _ in one.sighted}
    known = one.watch.known()["id000001"]
    assert (known.firmware.version, known.firmware.update) == ("1.0.0", "none")
    assert (known.signal, known.disconnects) == (-60, 0)
    assert not one.project.refused


def test_who_is_gone_is_forgotten(cloud):
    one = cloud(3, every={})
    one.poll()
    del one.project.things["id000001"]
    one.clock.move(HOUR)
    one.poll()
    assert sorted(one.watch.known()) == ["id000000", "id000002"]


def test_a_suspect_is_looked_at_first_and_not_again_at_once(cloud):
    one = cloud(60, every={})
    one.poll()
    one.project.things["id000007"].key = "another-key-0007"
    one.watch.suspect("id000007")
    one.watch.suspect("../evil")
    one.watch.suspect("nobody")
    one.poll()
    assert one.watch.key("id000007").reveal() == "another-key-0007"
    assert one.project.calls["device"] == 2
    one.watch.suspect("id000007")
    one.poll()
    assert one.project.calls["device"] == 2
    one.clock.move(601)
    one.poll()
    assert one.project.calls["device"] == 3


def test_a_device_that_is_dead_for_good_is_asked_for_ever_more_rarely(cloud):
    one = cloud(1, every={})
    for _ in range(48):
        one.watch.suspect("id000000")
        one.watch.suspect("nobody")
        one.poll()
        one.clock.move(HOUR)
    assert 2 * 7 < one.project.calls["device"] < 2 * 11


def test_suspects_that_are_not_told_of_do_not_keep_the_list_from_being_asked(cloud):
    one = cloud(2, every={})
    one.poll()
    one.clock.move(HOUR)
    one.project.failing.append(1106)
    one.watch.suspect("id000000")
    one.poll()
    assert one.project.calls["devices"] == 2


def test_a_clock_that_is_set_back_does_not_stop_the_list(cloud):
    one = cloud(1, every={})
    one.poll()
    one.clock.now -= 3 * DAY
    one.poll()
    assert one.project.calls["devices"] == 2


def test_events_of_going_offline_are_counted_over_all_pages(cloud):
    one = cloud(1)
    now = int(one.clock.time() * 1000)
    one.project.things["id000000"].offline_events = [now - n * 1000 for n in range(250)]
    one.poll()
    assert one.watch.known()["id000000"].disconnects == 250
    assert one.project.calls["logs"] == 3


def test_a_token_that_ends_on_the_way_and_a_clock_that_is_off(cloud):
    one = cloud(1, every={}, token_seconds=7200)
    one.poll()
    one.project.tokens.clear()
    one.clock.move(DAY)
    one.poll()
    assert one.project.refused == {}
    one.project.tokens.clear()
    one.clock.move(1000)
    one.poll()
    assert one.project.refused[1011] == 1
    one.project.clock = lambda: one.clock.now + 1000
    one.clock.move(1000)
    one.poll()
    assert one.project.refused[1013] >= 1
    assert one.client.skew == pytest.approx(1000, abs=1)


def test_a_wrong_secret_is_told_once(cloud, tmp_path):
    one = cloud(1)
    wrong = client(one.base, one.clock, tmp_path, secret="another")
    watch = CloudWatch(wrong, one.clock, {}, 900)
    for _ in range(5):
        with pytest.raises(CloudFailed):
            watch.poll(one.clock.deadline())
    assert one.project.refused == {1004: 1}
    wrong.close()


def test_too_fast_is_tried_again_slower(cloud):
    one = cloud(200, every={}, rate=2)
    one.poll()
    assert len(one.watch.known()) == 200
    assert one.project.refused[1110] >= 1


def test_a_quota_that_the_cloud_itself_ends_is_held(cloud):
    one = cloud(300, quota=4)
    with pytest.raises(CloudFailed) as caught:
        one.poll()
    assert caught.value.kind is Kind.QUOTA
    spent = one.project.spent
    for _ in range(20):
        one.clock.move(60)
        with pytest.raises(CloudFailed):
            one.poll()
    assert one.project.spent == spent
    one.clock.now -= 3 * DAY  # a clock that is set back does not lengthen it
    one.clock.move(6 * HOUR)
    with pytest.raises(CloudFailed):
        one.poll()
    assert one.project.refused[28841004] == 2


def test_a_simulated_month_keeps_to_its_quota_and_spreads_it(cloud):
    """Every four hours, with restarts: the cloud would refuse the first call too many."""
    one = cloud(20, calls=300, terms={"burst": 30, "reserve": 10}, quota=300)
    by_day = []
    for step in range(6 * 30):
        with suppress(CloudFailed):
            one.poll()
        if step % 31 == 0:
            one.watch = CloudWatch(one.client, one.clock, EVERY, 900, None, lambda: 0.5)
        if step % 6 == 5:
            by_day.append(one.project.spent)
        one.clock.move(4 * HOUR)
    assert {kind for kind, _ in one.client.counts.errors} <= {Kind.BUDGET.value}
    assert not one.project.refused
    assert 200 < one.project.spent <= 300
    for day, spent in enumerate(by_day, 1):
        assert spent <= 300 * day / 30 + 40


def source(one, devices=(), places=None):
    return TuyaCloudSource(one.watch, tuple(devices), places or {}, one.clock)


def collected(one, found, seconds=600.0):
    samples, failure = [], None
    try:
        samples.extend(found.collect(one.clock.deadline(seconds)))
    except PollFailed as error:
        failure = error
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    return samples, failure


def test_what_is_known_is_exposed_in_full(cloud):
    one = cloud(2)
    record = Device("lamp", "id000001", "", Secret("key-000000000000"), "3.4", "Lamp", "", "", {})
    place = Place("north", room="4.01")
    samples, failure = collected(one, source(one, [record], {"lamp": place}))
    assert failure is None
    by_name = {(s.name, s.labels.get("device", "")): s for s in samples}
    assert by_name["tuya_cloud_up", ""].value == 1
    assert by_name["tuya_cloud_budget_used_calls", ""].value == one.project.spent
    assert by_name["tuya_cloud_device_key_current", "lamp"].value == 0
    assert by_name["tuya_cloud_device_online", "lamp"].labels["room"] == "4.01"
    assert ("tuya_cloud_device_key_current", "thing-0") not in by_name
    assert by_name["tuya_cloud_device_firmware_info", "thing-0"].labels["version"] == "1.0.0"


def test_names_that_two_devices_share_are_told_apart(cloud):
    one = cloud(2)
    for thing in one.project.things.values():
        thing.name = "Lamp"
    samples, _ = collected(one, source(one))
    names = {s.labels["device"] for s in samples if s.name == "tuya_cloud_device_online"}
    assert len(names) == 2


def test_a_cloud_that_fails_keeps_what_was_known(cloud):
    one = cloud(2, every={})
    found = source(one)
    collected(one, found)
    one.clock.move(HOUR)
    one.project.failing.extend([500] * 3)
    samples, failure = collected(one, found)
    assert failure.reason == "server"
    by_name = {s.name: s.value for s in samples}
    assert by_name["tuya_cloud_up"] == 0
    assert by_name["tuya_cloud_device_online"] == 1
    one.clock.move(HOUR)
    samples, failure = collected(one, found)
    assert failure is None


def test_the_exposition_is_in_the_customary_form(cloud):
    one = cloud(2)
    samples, _ = collected(one, source(one))
    blocks = Screen(contract()).screen(samples).blocks
    done = subprocess.run(
        [shutil.which("promtool"), "check", "metrics"],
        input=encode([blocks], TEXT, unique=True),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


SETTINGS = {
    "type": "tuya-cloud",
    "access_id": {"env": "ID"},
    "access_secret": {"env": "KEY"},
    "budget": {"calls": 1000, "file": "budget.json"},
    "region": "eu",
}


def opened(tmp_path, opener=open_client, **changes):
    written = {**SETTINGS, **changes}
    written = {key: value for key, value in written.items() if value is not None}
    settings = Settings(parse_document(json.dumps(written), "exporter.yaml"), ())
    environment = {"ID": "id", "KEY": SECRET}
    return opener(settings, Context("cloud", tmp_path, environment, FakeClock()))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": None}, "missing-key"),
        ({"url": "https://x.test"}, "missing-key"),
        ({"region": None, "url": "http://x.test"}, "bad-url"),
        ({"access_id": {"env": "NONE"}}, "missing-secret"),
        ({"budget": {"calls": 10, "file": "missing/b.json"}}, "unusable-budget"),
        ({"budget": {"calls": 10, "reserve": 10, "file": "b.json"}}, "out-of-range"),
    ],
)
def test_settings_that_cannot_work(tmp_path, changes, code):
    with pytest.raises(Unusable) as caught:
        opened(tmp_path, **changes)
    assert caught.value.problems[0].code == code


def test_settings_that_can(tmp_path):
    opened(tmp_path).close()
    opened(tmp_path, region=None, url="http://127.0.0.1:1").close()
    budget = opened(tmp_path, open_budget)
    assert budget.terms.calls == 1000
    (tmp_path / "budget.json").write_text(json.dumps({"form": 7}))
    with pytest.raises(Unusable):
        opened(tmp_path)
