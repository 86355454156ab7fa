"""Targets shared out among processes: evenly, steadily, and each to one of them."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.health import of_shares
from sothat.exporters.service import Options, installed_types, prepare
from sothat.exporters.settings import load_settings
from sothat.exporters.shard_settings import read_shard
from sothat.exporters.sharding import WHOLE, Before, Shard, owner
from sothat.exporters.share import Share, shares
from sothat.exporters.tuya.roll import RollFiles
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

TARGETS = 10_000


class At:
    """A clock that is set by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@settings(max_examples=5, deadline=None)
@given(st.text(min_size=1, max_size=20), st.sampled_from([2, 3, 4, 8]))
def test_ten_thousand_are_shared_out_within_a_tenth(prefix: str, processes: int) -> None:
    even = TARGETS / processes
    counts = Counter(owner(f"{prefix}{number}", processes) for number in range(TARGETS))
    assert counts.keys() == set(range(processes))
    assert all(abs(count - even) <= even / 10 for count in counts.values())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50), st.integers(1, 40))
def test_one_more_process_takes_and_nothing_else_moves(key: str, processes: int) -> None:
    before, after = owner(key, processes), owner(key, processes + 1)
    assert after in (before, processes)
    assert 0 <= before < processes


def test_what_moves_is_the_new_ones_share() -> None:
    moved = sum(owner(f"d{n}", 4) != owner(f"d{n}", 5) for n in range(TARGETS))
    assert abs(moved - TARGETS / 5) <= TARGETS / 50


def test_shares_do_not_change_with_a_release() -> None:
    """Whatever the version, a process and its neighbour of another release agree."""
    assert [owner(key, 4) for key in ("a", "device-1", "ü", "\ud800", "")] == [3, 0, 2, 2, 0]


@given(st.integers(1, 6), st.integers(1, 6), st.floats(-100, 100))
def test_all_change_over_at_one_moment(before: int, after: int, offset: float) -> None:
    """Each target is one process's at any moment, before and after."""
    now = 1000.0 + offset
    most = max(before, after)
    taken = [
        target
        for index in range(most)
        for target in Share(Shard(index, after, "", Before(before, 1000.0)), At(now)).take(
            [*"abcdefghij"], str
        )
    ]
    assert sorted(taken) == [*"abcdefghij"]


def test_a_share_is_counted_and_follows_list_and_time() -> None:
    clock = At(0.0)
    share = Share(Shard(0, 2, "fleet", Before(1, 10.0)), clock)
    assert share.counts is None
    items = [f"d{n}" for n in range(1000)]
    assert len(share.take(items, str)) == 1000
    assert share.counts == (1000, 1000)
    clock.now = 10.0
    taken = share.take(items, str)
    assert share.counts == (len(taken), 1000)
    assert 400 < len(taken) < 600
    assert share.take(items, str) is taken
    samples = {s.name: (s.value, s.labels) for s in of_shares([("some", share)])}
    labels = {"collector": "some", "fleet": "fleet"}
    assert samples == {
        "sothat_exporter_targets": (len(taken), labels),
        "sothat_exporter_targets_listed": (1000, labels),
    }


def test_who_is_alone_takes_all_and_says_nothing() -> None:
    share = Share(WHOLE, At(0.0))
    items = ["a", "b"]
    assert share.take(items, str) is items
    assert share.counts is None


def read(text: str, **environment: str) -> Shard:
    return read_shard(parse_document(text, "x.yaml"), environment)


def test_a_statefulset_names_its_shard() -> None:
    text = "shard: {index: {env: POD}, of: 4, fleet: tuya}"
    assert read(text, POD="sothat-tuya-3") == Shard(3, 4, "tuya")
    assert read(text, POD="2") == Shard(2, 4, "tuya")
    assert read("{}") == WHOLE
    until = datetime(2026, 11, 23, 4, tzinfo=UTC).timestamp()
    text = "shard: {index: 4, of: 4, before: {of: 5, until: '2026-11-23T04:00:00Z'}}"
    assert read(text) == Shard(4, 4, "", Before(5, until))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("shard: {index: {env: POD}, of: 4}", "bad-value"),
        ("shard: {index: 4, of: 4}", "out-of-range"),
        ("shard: {index: 0, of: 4, before: {of: 5, until: '2026-13-23T04:00:00Z'}}", "bad-time"),
    ],
)
def test_what_cannot_be_is_refused(text: str, code: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(text, POD="no-number-x")
    assert [problem.code for problem in caught.value.problems] == [code]


CONFIG = """\
apiVersion: sothat/v1
kind: Exporter
shard: {index: {env: POD}, of: 2, fleet: probes}
modules:
  - {type: tcp, name: port}
collectors:
  - type: network
    targets: [{module: port, target: '127.0.0.1:1'}, {module: port, target: '127.0.0.1:2'},
              {module: port, target: '127.0.0.1:3'}, {module: port, target: '127.0.0.1:4'}]
  - type: redis
    targets: ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3', '127.0.0.1:4']
"""


def test_lists_of_targets_are_shared_out(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(CONFIG)
    clock = SystemClock()
    taken: Counter[tuple[str, str]] = Counter()
    for pod in ("p-0", "p-1"):
        opened = prepare(Options(file, None, None, "1", {"POD": pod}))
        for entry, source in opened.sources:
            for sample in source.collect(Deadline(clock.monotonic() + 20, clock)):
                if sample.name in ("probe_success", "redis_server_up"):
                    name = sample.labels.get("target") or sample.labels["server"]
                    taken[entry.plan.name, name] += 1
        counted = dict(shares([(entry.plan.name, source) for entry, source in opened.sources]))
        assert all(share.counts and share.counts[1] == 4 for share in counted.values())
        assert counted.keys() == {"network", "redis"}
        opened.close()
    assert taken == {(c, f"127.0.0.1:{n}"): 1 for c in ("network", "redis") for n in range(1, 5)}


def test_a_gateway_keeps_its_sub_devices(tmp_path: Path) -> None:
    entries = [{"id": f"g{n}", "name": f"g{n}", "key": "k" * 16} for n in range(20)]
    entries += [
        {"id": f"g{n}c{m}", "name": f"c{n}.{m}", "parent": f"g{n}", "node_id": f"{m}"}
        for n in range(20)
        for m in range(3)
    ]
    file = tmp_path / "devices.json"
    file.write_text(json.dumps(entries))
    clock = At(0.0)
    rolls = [RollFiles(Share(Shard(index, 3), clock), file).load() for index in range(3)]
    assert sorted(d.id for roll in rolls for d in roll.devices) == sorted(e["id"] for e in entries)
    for roll in rolls:
        ids = {device.id for device in roll.devices}
        assert all(device.parent in ids for device in roll.devices if device.parent)


def test_the_roll_is_another_when_all_change_over(tmp_path: Path) -> None:
    file = tmp_path / "devices.json"
    file.write_text("[]")
    clock = At(0.0)
    files = RollFiles(Share(Shard(0, 2, "", Before(1, 5.0)), clock), file)
    stamp = files.stamp()
    assert files.stamp() == stamp
    clock.now = 5.0
    assert files.stamp() != stamp


def test_the_configuration_names_the_place_of_a_slip(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(CONFIG.replace("of: 2", "of: 0"))
    with pytest.raises(Unusable) as caught:
        load_settings(file, installed_types())
    assert str(caught.value.problems[0].position).endswith("exporter.yaml:3:32")
