"""Firmware campaigns: pure judgements, the file, Prometheus' answers, and a whole roll-out."""

import json
import shutil
import socket
import subprocess
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests
import responses
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.exposition import encode
from sothat.exporters.firmware.campaigns import Campaign, Cohort, Gates, load_campaigns
from sothat.exporters.firmware.collector import COLLECTOR, FirmwareSource
from sothat.exporters.firmware.contract import STATES, contract
from sothat.exporters.firmware.facts import PrometheusFacts, Untold
from sothat.exporters.firmware.judging import Memory, Seen, judge
from sothat.exporters.firmware.memory import load_memory, save_memory
from sothat.exporters.negotiation import TEXT
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.problem import Unusable, render
from sothat.runtime.documents import parse_document

from .clouds import START, FakeClock

HOUR, DAY = 3600.0, 86_400.0


def cohort(name="first", starts=START, devices=(), sites=(), share=1.0):
    return Cohort(name, starts, frozenset(devices), frozenset(sites), share)


def campaign(*cohorts, gates=None, **what):
    terms = Gates(0.98, 0.05, 0.05, 2)
    return Campaign(
        "c",
        "plug",
        "2.0",
        what.get("stuck_after", DAY),
        what.get("settle", HOUR),
        gates or terms,
        cohorts or (cohort(),),
    )


def fleet(old=0, new=0, **what):
    olds = [Seen("north", f"old-{n}", "1.0", up=True, **what) for n in range(old)]
    return olds + [Seen("north", f"new-{n}", "2.0", up=True) for n in range(new)]


class Rollout:
    """A campaign that is judged again and again."""

    def __init__(self, one):
        self.campaign, self.memory, self.now = one, Memory(), START

    def after(self, seconds, seen):
        self.now += seconds
        return judge(self.campaign, seen, self.memory, self.now)


def states(verdict):
    return [one.state for one in verdict.cohorts]


def test_a_device_counts_once_it_has_settled():
    one = Rollout(campaign())
    assert one.after(0, fleet(old=2)).cohorts[0].counts == {"pending": 2}
    assert one.after(60, fleet(old=1, new=1)).cohorts[0].counts == {"pending": 1, "settling": 1}
    verdict = one.after(HOUR, fleet(old=1, new=1))
    assert verdict.cohorts[0].counts == {"pending": 1, "updated": 1}
    assert (verdict.cohorts[0].progress, verdict.cohorts[0].success) == (0.5, 1.0)
    assert states(verdict) == ["running"]
    one.after(HOUR, fleet(new=1))
    assert states(one.after(HOUR, fleet(new=1))) == ["done"]


def test_what_goes_wrong_is_told_apart():
    one = Rollout(campaign(gates=Gates(0, 1, 1, 10)))
    both = [Seen("n", name, "2.0", up=True) for name in ("back", "dark")]
    one.after(0, both)
    seen = [
        Seen("n", "back", "1.0", up=True),
        Seen("n", "dark", "2.0", up=False),
        Seen("n", "refused", "1.0", up=True, update="failed"),
        Seen("n", "idle", "1.0", up=True),
    ]
    first = one.after(60, seen).cohorts[0].devices
    assert {f.seen.device: f.problem for f in first} == {
        "back": "reverted",
        "dark": "",
        "refused": "update-failed",
        "idle": "",
    }
    later = one.after(DAY, seen).cohorts[0].devices
    assert {f.seen.device: f.problem for f in later} == {
        "back": "reverted",
        "dark": "silent",
        "refused": "update-failed",
        "idle": "stuck",
    }


def test_a_device_that_comes_back_has_not_failed():
    one = Rollout(campaign())
    one.after(0, [Seen("n", "a", "2.0", up=False)])
    one.after(HOUR / 2, [Seen("n", "a", "2.0", up=True)])
    verdict = one.after(HOUR, [Seen("n", "a", "2.0", up=False)])
    assert verdict.cohorts[0].counts == {"settling": 1}


def two_cohorts():
    first = cohort("canary", devices={"new-0", "old-0"})
    return campaign(first, cohort("rest", starts=START + DAY))


def test_the_next_cohort_waits_for_the_one_before():
    one = Rollout(two_cohorts())
    seen = fleet(old=3)
    assert states(one.after(0, seen)) == ["running", "waiting"]
    assert states(one.after(DAY + 1, seen)) == ["running", "held"]
    tried = [Seen("north", "old-0", "2.0", up=True), *fleet(old=3)[1:]]
    one.after(60, tried)
    assert states(one.after(HOUR, tried)) == ["done", "running"]


def test_too_many_failures_stop_it():
    one = Rollout(campaign())
    one.after(0, fleet(new=10))
    seen = [Seen("north", f"new-{n}", "1.0" if n < 1 else "2.0", up=True) for n in range(10)]
    verdict = one.after(2 * HOUR, seen)
    assert states(verdict) == ["stopped"]
    assert verdict.rollback
    assert verdict.cohorts[0].gates["failures"] is False
    assert verdict.cohorts[0].success == 0.9


def test_silence_stops_it():
    one = Rollout(campaign(gates=Gates(0, 1, 0.05, 10)))
    one.after(0, fleet(new=10))
    dark = [Seen("north", f"new-{n}", "2.0", up=n > 0) for n in range(10)]
    one.after(60, dark)
    verdict = one.after(2 * HOUR, dark)
    assert verdict.rollback
    assert verdict.cohorts[0].gates["silent"] is False


def test_more_errors_than_the_others_hold_it():
    one = Rollout(two_cohorts())
    seen = [Seen("north", "new-0", "2.0", up=True, errors=9), *fleet(old=3, errors=1)[1:]]
    one.after(0, seen)
    verdict = one.after(DAY + 1, seen)
    assert verdict.errors == {"updated": 9, "others": 1}
    assert verdict.cohorts[0].gates["errors"] is False
    assert states(verdict) == ["done", "held"]
    assert not verdict.rollback


def test_a_share_of_devices_is_the_same_each_time_and_about_right():
    part = cohort(share=0.2)
    chosen = [n for n in range(2_000) if part.takes("c", "north", f"d-{n}")]
    assert chosen == [n for n in range(2_000) if part.takes("c", "north", f"d-{n}")]
    assert 300 < len(chosen) < 500
    assert chosen != [n for n in range(2_000) if part.takes("d", "north", f"d-{n}")]


devices = st.builds(
    Seen,
    st.sampled_from(["n", "s"]),
    st.sampled_from("abcdef"),
    st.sampled_from(["1.0", "2.0", ""]),
    st.none() | st.booleans(),
    st.floats(0, 50),
    st.sampled_from(["", "failed", "none"]),
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 2 * DAY), st.lists(devices, max_size=8, unique_by=lambda s: s.key))
    )
)
def test_every_device_is_in_one_state_and_every_share_is_one(looks):
    one = Rollout(campaign(cohort("a", sites={"n"}), cohort("b", starts=START + DAY)))
    for seconds, seen in looks:
        verdict = one.after(seconds, seen)
        assert sum(sum(c.counts.values()) for c in verdict.cohorts) == len(seen)
        for found in verdict.cohorts:
            assert set(found.counts) <= set(STATES)
            for share in (found.progress, found.success):
                assert share is None or 0 <= share <= 1


FILE = """
apiVersion: sothat/v1
kind: FirmwareCampaigns
campaigns:
  - name: plug-2.0
    product: plug
    target: "2.0"
    settle: 10m
    gates: {success: 95%, errors: 3}
    cohorts:
      - {name: canary, starts: 2026-11-01T00:00:00Z, devices: [a, b]}
      - {name: north, starts: "2026-11-02T00:00:00+01:00", sites: [north]}
      - {name: rest, starts: 2026-11-03T00:00:00Z, share: 50%}
"""


def written(tmp_path, text=FILE):
    file = tmp_path / "campaigns.yaml"
    file.write_text(text)
    return file


def test_the_file(tmp_path):
    (one,) = load_campaigns(written(tmp_path))
    assert one.gates == Gates(0.95, 0.05, 0.05, 3)
    assert (one.settle, one.stuck_after) == (600, DAY)
    assert [c.starts - START for c in one.cohorts] == [0, DAY - HOUR, 2 * DAY]
    assert one.cohort("south", "a").name == "canary"
    assert one.cohort("north", "z").name == "north"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("2026-11-01T00:00:00Z", "tomorrow", "bad-time", 11),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00", "bad-time", 11),
        ("2026-11-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "bad-time", 11),
        ("2026-11-03T00:00:00Z", "2026-10-03T00:00:00Z", "out-of-range", 13),
        ("name: rest", "name: canary", "name-clash", 13),
        ("share: 50%", "share: 150%", "out-of-range", 13),
        ("success: 95%", "success: 101%", "out-of-range", 9),
        ("target:", "targt:", "missing-key", 5),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, old, new, code, line):
    with pytest.raises(Unusable) as caught:
        load_campaigns(written(tmp_path, FILE.replace(old, new)))
    assert (code, line) in {(p.code, p.position.line) for p in caught.value.problems}


def test_what_was_seen_is_remembered_over_a_restart(tmp_path):
    file = tmp_path / "memory.json"
    memory = Memory({"c": {("n", "a"): 5.0}, "old": {("n", "a"): 1.0}}, {"c": {("n", "b"): 6.0}})
    save_memory(file, memory, ["c"])
    assert load_memory(file) == Memory({"c": {("n", "a"): 5.0}}, {"c": {("n", "b"): 6.0}})
    for text in ("", "{", "[]", '{"form": 2}', '{"form": 1, "reached": {"c": [[1]]}}', "[" * 10**5):
        file.write_text(text)
        assert load_memory(file) == Memory()
    save_memory(tmp_path / "missing" / "m.json", memory, ["c"])


BASE = "http://prometheus.example.test:9090"


def answer(*rows):
    result = [{"metric": labels, "value": [0, str(value)]} for labels, value in rows]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def ask(product="plug", seconds=10):
    clock = FakeClock()
    return PrometheusFacts(BASE, {}).seen(product, clock.deadline(seconds))


@responses.activate
def test_the_version_seen_last_counts():
    here = {"site": "n", "device": "a"}

    def told(request):
        query = requests.utils.unquote(request.body.replace("+", " "))
        assert '{product="pl\\"ug"}' in query
        if "tuya_device_firmware_info" in query:
            rows = [({**here, "version": "9.9"}, 5), ({**here, "version": "1.0"}, 9)]
            return 200, {}, json.dumps(answer(*rows))
        if "tuya_cloud_device_firmware_info" in query:
            rows = [
                ({**here, "version": "0.1"}, 9),
                ({"site": "n", "device": "b", "version": "2.0"}, 1),
            ]
            return 200, {}, json.dumps(answer(*rows))
        if "tuya_device_up" in query:
            return 200, {}, json.dumps(answer((here, 0)))
        if "errors_total" in query:
            return 200, {}, json.dumps(answer((here, 3.5)))
        return 200, {}, json.dumps(answer(({**here, "status": "failed"}, 1)))

    responses.add_callback("POST", f"{BASE}/api/v1/query", callback=told)
    assert ask('pl"ug') == [
        Seen("n", "a", "1.0", up=False, errors=3.5, update="failed"),
        Seen("n", "b", "2.0"),
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, "{}"), (200, "<html>"), (200, "{}"), (200, '{"data": {"result": [{}]}}'), (302, "")],
)
@responses.activate
def test_prometheus_that_does_not_tell(status, body):
    responses.post(f"{BASE}/api/v1/query", status=status, body=body)
    with pytest.raises(Untold):
        ask()


@responses.activate
def test_prometheus_that_is_away():
    responses.post(f"{BASE}/api/v1/query", body=requests.ConnectionError("secret"))
    with pytest.raises(Untold) as caught:
        ask()
    assert "secret" not in str(caught.value)


class Told:
    """Facts from a table; an exception is raised."""

    def __init__(self, seen):
        self.now = seen

    def seen(self, _product, _deadline):
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    def close(self):
        pass


def collect(source, clock):
    samples, failure = [], None
    try:
        samples.extend(source.collect(clock.deadline()))
    except PollFailed as error:
        failure = error
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    return screened, failure


def test_a_whole_rollout_with_a_restart_in_between(tmp_path):
    clock, told = FakeClock(), Told(fleet(old=4))
    state = tmp_path / "state.json"

    def source():
        return FirmwareSource([two_cohorts()], told, state, clock)

    collect(source(), clock)
    told.now = [Seen("north", "old-0", "2.0", up=True), *fleet(old=4)[1:]]
    collect(source(), clock)
    clock.move(DAY)
    screened, failure = collect(source(), clock)
    assert failure is None
    found = {
        (s.name.removeprefix("firmware_"), *s.labels.values()): s.value for s in screened.samples
    }
    assert found["campaign_progress_ratio", "c", "canary"] == 1
    assert found["campaign_devices", "c", "canary", "updated"] == 1
    assert found["campaign_cohort_state", "c", "rest", "running"] == 1
    assert found["campaign_rollback", "c"] == 0
    told.now = [Seen("north", "old-0", "1.0", up=True), *fleet(old=4)[1:]]
    screened, _ = collect(source(), clock)
    found = {
        (s.name.removeprefix("firmware_"), *s.labels.values()): s.value for s in screened.samples
    }
    assert found["campaign_rollback", "c"] == 1
    assert found["campaign_device_problem", "c", "canary", "old-0", "reverted", "north"] == 1
    told.now = Untold("away")
    screened, failure = collect(source(), clock)
    assert (failure.reason, screened.samples[-1].value) == ("prometheus", 0)


def test_output_is_as_promtool_wants_it(tmp_path):
    clock = FakeClock()
    one = Rollout(campaign())
    one.after(0, fleet(new=2))
    source = FirmwareSource([one.campaign], Told(fleet(old=1, new=1)), tmp_path / "s", clock)
    screened, _ = collect(source, clock)
    done = subprocess.run(
        [shutil.which("promtool"), "check", "metrics"],
        input=encode([screened.blocks], TEXT, unique=True),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def configured(tmp_path, **changes):
    written(tmp_path)
    values = {"campaigns": "campaigns.yaml", "prometheus": BASE, "state": "s.json", **changes}
    return Settings(parse_document(json.dumps(values), "exporter.yaml"), ())


def test_it_opens(tmp_path):
    context = Context("firmware", tmp_path, {"KEY": "secret"}, FakeClock())
    COLLECTOR.open(configured(tmp_path, user="u", password={"env": "KEY"}), context).close()
    with pytest.raises(Unusable):
        COLLECTOR.open(configured(tmp_path, state="missing/s.json"), context)


def test_a_password_in_the_address_is_refused_and_not_shown(tmp_path):
    written(tmp_path)
    context = Context("firmware", tmp_path, {}, SystemClock())
    with pytest.raises(Unusable) as refused:
        COLLECTOR.open(configured(tmp_path, prometheus="http://u:open-sesame@h:9090"), context)
    (problem,) = refused.value.problems
    assert problem.code == "secret-in-text"
    assert "open-sesame" not in render(problem)


EXPOSED = """# TYPE tuya_device_firmware_info gauge
tuya_device_firmware_info{site="north",device="a",product="plug",version="2.0"} 1
tuya_device_firmware_info{site="north",device="b",product="plug",version="1.0"} 1
tuya_device_firmware_info{site="north",device="x",product="lamp",version="1.0"} 1
# TYPE tuya_device_up gauge
tuya_device_up{site="north",device="a",product="plug"} 1
tuya_device_up{site="north",device="b",product="plug"} 0
"""


@pytest.mark.real
def test_the_queries_are_prometheus_own(tmp_path):
    """Against a real Prometheus that has scraped two devices."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(EXPOSED.encode())

        def log_message(self, *_):
            pass

    exporter = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=exporter.serve_forever, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs: [{job_name: t, static_configs: "
        f"[{{targets: ['127.0.0.1:{exporter.server_port}']}}]}}]\n"
    )
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        facts = PrometheusFacts(f"http://127.0.0.1:{port}", {})
        clock = SystemClock()
        until = time.monotonic() + 120
        found = []
        while len(found) < 2 and time.monotonic() < until:
            try:
                found = facts.seen("plug", Deadline(clock.monotonic() + 10, clock))
            except Untold:
                found = []
            time.sleep(0.2)
        assert found == [
            Seen("north", "a", "2.0", up=True),
            Seen("north", "b", "1.0", up=False),
        ]
        facts.close()
    finally:
        process.terminate()
        process.wait(60)
        exporter.shutdown()
        exporter.server_close()
