"""The posture collector as a whole: its settings, its parts side by side, and what it serves."""

import json
import os
import re
from pathlib import Path

import pytest
from sothat.exporters.clock import SystemClock
from sothat.exporters.posture.collector import COLLECTOR, PostureSource
from sothat.exporters.posture.contract import PARTS, contract
from sothat.exporters.service import installed_types
from sothat.exporters.settings import load_settings
from sothat.exporters.source import Context, PollFailed, Sample
from sothat.model.problem import Unusable

from .posture import by_labels, soon, source, write
from .promtool import has_nothing_to_say

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exporter.md"
OFF = ["updates", "reboot", "patches"]


def test_a_part_that_fails_costs_itself_only():
    def part(name, failure=None):
        def read(_deadline):
            yield Sample(name, 1)
            if failure:
                raise failure

        return read

    readers = {
        "a": part("a", PollFailed("command", "exit code 3")),
        "b": part("b"),
        "c": part("c", PermissionError(13, "Permission denied")),
        "d": part("d"),
    }
    got = []
    with pytest.raises(PollFailed) as caught:
        got.extend(PostureSource(readers).collect(soon()))
    assert [sample.name for sample in got] == ["a", "b", "c", "d"]
    assert caught.value.reason == "command"
    assert str(caught.value) == "a: exit code 3; c: Permission denied"


def test_parts_can_be_left_out(tmp_path):
    write(tmp_path, {"m.sha256": "x"})
    names = [part.name for part in PARTS]
    assert COLLECTOR.schema()["properties"]["without"]["items"]["enum"] == names
    here = source(tmp_path, without=names, manifests=["m.sha256"])
    assert list(here.collect(soon())) == []
    kept = [name for name in names if name != "drift"]
    found = by_labels(source(tmp_path, without=kept, manifests=["m.sha256"]).collect(soon()))
    assert {key[0].split("_")[0] for key in found} == {"manifest"}


def test_no_two_parts_have_a_setting_or_a_family_in_common():
    settings = [name for part in PARTS for name in part.properties]
    families = [family.name for family in contract().families]
    assert len(set(settings)) == len(settings)
    assert len(set(families)) == len(families)
    assert all(name.startswith("posture_") for name in families)


def load(folder, text):
    (folder / "exporter.yaml").write_text(text)
    return load_settings(folder / "exporter.yaml", installed_types())


def test_the_example_of_the_reference_opens(tmp_path):
    page = PAGE.read_text(encoding="utf-8").split("\n## `type: posture`\n")[1]
    example = re.search(r"```yaml\n(apiVersion[^`]*type: posture.*?)```", page, re.DOTALL)[1]
    (collector,) = load(tmp_path, example).collectors
    assert (collector.plan.interval, collector.plan.deadline) == (3600, 300)
    context = Context("posture", tmp_path, {"PATH": ""}, SystemClock())
    COLLECTOR.open(collector.settings, context).close()


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("backups: [{name: x}]", "4:15"),
        ("backups: [{name: x, files: a, borg: b}]", "4:15"),
        ("backups: [{name: x, borg: {command: []}}]", "4"),
        ("backups: [{name: x, borg: {command: rm}}]", "4"),
        ("backups: [{name: x/y, borg: b}]", "4:22"),
        ("without: [everything]", "4:15"),
        ("root: relative", "4:11"),
        ("patch_within: soon", "4:19"),
        ("certificates: /etc", "4:19"),
    ],
)
def test_settings_that_cannot_work_are_refused_where_they_stand(tmp_path, setting, place):
    head = "apiVersion: sothat/v1\nkind: Exporter\ncollectors: [{type: posture,\n    "
    with pytest.raises(Unusable) as caught:
        load(tmp_path, f"{head}{setting}}}]\n")
    positions = [str(problem.position) for problem in caught.value.problems]
    assert any(
        position.removeprefix(f"{tmp_path}/exporter.yaml:").startswith(place)
        for position in positions
    )


def test_a_password_that_is_missing_is_refused(tmp_path):
    with pytest.raises(Unusable, match="NOT_SET"):
        source(tmp_path, pkcs12_password={"env": "NOT_SET"})


def test_two_backups_of_one_name_are_refused(tmp_path):
    entry = {"name": "x", "files": "a"}
    with pytest.raises(Unusable, match="2 backups have the name 'x'"):
        source(tmp_path, backups=[entry, {**entry, "files": "b"}])


def all_but_the_machine(folder):
    write(
        folder,
        {
            "r.json": json.dumps({"bomFormat": "CycloneDX", "components": []}),
            "b.json": json.dumps([{"hostname": "h\0", "time": "2026-09-01T00:00:00Z"}]),
            "records.yaml": "records: [{check: restore-test, subject: s, at: 2026-09-01,"
            " passed: true}]",
            "m.sha256": f"{'0' * 64}  gone\n",
        },
    )
    name = os.fsdecode(b"not-utf8-\xff.json")
    (folder / name).write_bytes(b"{}")
    return {
        "reports": ["[rn]*.json"],
        "records": ["records.yaml"],
        "manifests": ["*.sha256"],
        "backups": [{"name": "b", "restic": "b.json"}],
        "certificates": ["*.pem"],
    }


def test_what_is_served_passes_promtool_whatever_names_are_in_it(tmp_path, exporter):
    settings = all_but_the_machine(tmp_path)
    entry = json.dumps({"type": "posture", "without": OFF, **settings})
    process = exporter(f"  - {entry}\n").ready()
    body = process.get("/metrics")[1]
    text = body.decode("utf-8")
    for name in (
        "report_readable",
        "records_readable",
        "file_drifted",
        "backups",
        "certificate_files",
    ):
        assert f"\nposture_{name}{{" in text
    has_nothing_to_say(body)
