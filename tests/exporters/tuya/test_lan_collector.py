"""The collector: settings, files that change while it runs, and what it tells meanwhile."""

import json
import logging
import threading

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.tuya.collector import TuyaCollector
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

from .peers import KEY, answers, speaks

PLUG = {"name": "plug", "id": "bf01", "key": KEY, "ip": "127.0.0.1", "version": "3.4"}


class Collected:
    """A source opened from a configuration, and a look at what it yields."""

    def __init__(self, folder, text):
        document = parse_document(f"collectors:\n  - {{type: tuya, {text}}}\n", "exporter.yaml")
        context = Context("tuya", folder, {}, SystemClock())
        self.source = TuyaCollector().open(Settings(document, ["collectors", 0]), context)

    def look(self, seconds=20):
        clock = SystemClock()
        samples = []
        try:
            samples.extend(self.source.collect(Deadline(clock.monotonic() + seconds, clock)))
        except PollFailed as error:
            samples.append(error)
        good = [one for one in samples if not isinstance(one, PollFailed)]
        assert not Screen(self.source.contract).screen(good).complaints
        return samples

    def values(self, family):
        """Return a family's values by device, or by file."""
        return {
            one.labels.get("device", one.labels.get("file")): one.value
            for one in self.look()
            if not isinstance(one, PollFailed) and one.name == family
        }

    @property
    def up(self):
        return self.values("tuya_device_up")


@pytest.fixture
def collected(tmp_path, peer):
    opened = []
    one = peer(speaks(answers({"1": True})))

    def start(entries, text=""):
        write(tmp_path, entries)
        more = f"devices: devices.json, port: {one.port}, discovery_ports: [], {text}"
        opened.append(Collected(tmp_path, more))
        return opened[-1]

    yield start
    for source in opened:
        source.source.close()


def write(folder, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "new").write_text(text)
    (folder / "new").replace(folder / "devices.json")


def test_opening_starts_nothing(collected):
    before = threading.active_count()
    collected([PLUG])
    assert threading.active_count() == before


def test_the_first_poll_waits_for_the_first_word_of_each_device(collected):
    assert collected([PLUG, {**PLUG, "name": "lamp", "id": "bf02", "ip": ""}]).up == {
        "plug": 1,
        "lamp": 0,
    }


def test_gateways_in_a_circle_and_deeper_than_one_do_not_hide_the_others(collected):
    def behind(one, gateway):
        return {"name": one, "id": one, "node_id": f"c-{one}", "parent": gateway}

    odd = [behind("self", "self"), behind("a", "b"), behind("b", "a"), behind("deep", "a")]
    found = {
        one.labels.get("device") or one.labels["gateway"]: one.value
        for one in collected([*odd, PLUG]).look()
        if one.name in ("tuya_device_up", "tuya_gateway_up")
    }
    assert found == {"plug": 1, "self": 0, "a": 0, "b": 0, "deep": 0}


def test_a_list_that_changes_is_taken_up_and_a_broken_one_is_not(collected, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    source = collected([PLUG])
    assert source.up == {"plug": 1}
    messages = source.values("tuya_device_messages_total")["plug"]
    write(tmp_path, [PLUG, {**PLUG, "name": "lamp", "id": "bf02", "key": ""}])
    assert source.up == {"plug": 1, "lamp": 0}
    assert source.values("tuya_device_messages_total")["plug"] >= messages
    write(tmp_path, f'[{{"key": "{KEY}", ]')
    assert source.up == {"plug": 1, "lamp": 0}
    assert source.values("tuya_device_list_reload_successful") == {"devices.json": 0}
    (line,) = [r for r in caplog.records if "kept as it was" in r.getMessage()]
    assert "bad-json" in vars(line)["why"]
    write(tmp_path, [{**PLUG, "name": "renamed"}])
    assert source.values("tuya_device_list_reload_successful") == {"devices.json": 1}
    assert list(source.up) == ["renamed"]
    assert not [record for record in caplog.records if KEY in repr(vars(record))]


def test_a_file_that_is_gone_for_a_moment_changes_nothing(collected, tmp_path):
    source = collected([PLUG])
    assert source.up == {"plug": 1}
    (tmp_path / "devices.json").unlink()
    assert source.up == {"plug": 1}
    assert source.values("tuya_device_list_reload_successful") == {"devices.json": 0}
    write(tmp_path, [PLUG])
    assert source.values("tuya_device_list_reload_successful") == {"devices.json": 1}


def test_a_poll_that_has_no_time_says_of_whom_nothing_is_known(tmp_path, collected, peer):
    def mute(line):
        while line.recv(4096):
            pass

    silent = peer(mute)
    write(tmp_path, [PLUG])
    text = f"devices: devices.json, port: {silent.port}, connection_timeout: 5s"
    source = Collected(tmp_path, f"{text}, discovery_ports: []")
    failures = [one for one in source.look(seconds=0.5) if isinstance(one, PollFailed)]
    assert [(one.reason, str(one)) for one in failures] == [("deadline", "no word yet of: plug")]
    source.source.close()


@pytest.mark.parametrize(
    "setting", ["poll_interval: 0s", "connection_timeout: 0s", "max_backoff: 0s"]
)
def test_durations_of_nothing_are_refused_with_their_place(collected, setting):
    with pytest.raises(Unusable) as refused:
        collected([PLUG], setting)
    (problem,) = refused.value.problems
    assert problem.code == "out-of-range"
    assert problem.position.line == 2
