"""What an editor's loop remembers: never an old verdict, and no file read twice."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.compile import Inputs, all_problems, installed_inputs
from sothat.generator.loading.files import ReadFile, read_file
from sothat.generator.loading.memory import Memory
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import Values


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    shutil.copytree(shipped_catalogue(), tmp_path / "alert_rules")
    return installed_inputs(tmp_path / "alert_rules", Values())


def codes(inputs: Inputs) -> list[str]:
    return [problem.code for problem in all_problems(inputs, installed_checks())]


def edit(inputs: Inputs, name: str, change: Callable[[str], str]) -> None:
    file = inputs.catalogue / name
    file.write_text(change(file.read_text()))


def test_each_change_is_seen_and_its_repair_too(inputs: Inputs) -> None:
    assert codes(inputs) == []
    edit(inputs, "iot.yaml", lambda text: text.replace("tuya_gateway_up[", "tuya_gatway_up[", 1))
    assert codes(inputs) == ["unknown-metric"]
    edit(inputs, "iot.yaml", lambda text: text.replace("tuya_gatway_up[", "tuya_gateway_up[", 1))
    assert codes(inputs) == []


def test_a_changed_recording_changes_what_reads_it(inputs: Inputs) -> None:
    assert codes(inputs) == []
    record = "site:tuya_devices_up:ratio"
    edit(inputs, "recordings.yaml", lambda text: text.replace(f"record: {record}", "record: a:b:c"))
    assert "unknown-metric" in codes(inputs) or "dead-panel" in codes(inputs)


def test_a_file_that_comes_or_goes_is_seen(inputs: Inputs) -> None:
    assert codes(inputs) == []
    (inputs.catalogue / "new.yaml").write_text("kind: Nonsense\n")
    assert codes(inputs) == ["unknown-kind"]
    (inputs.catalogue / "new.yaml").unlink()
    assert codes(inputs) == []


def test_only_what_changed_is_read_again(inputs: Inputs) -> None:
    read: list[str] = []

    def counted(path: Path) -> ReadFile:
        read.append(path.name)
        return read_file(path)

    inputs = replace(inputs, memory=Memory(read=counted))
    codes(inputs)
    read.clear()
    edit(inputs, "iot.yaml", lambda text: f"{text}\n")
    codes(inputs)
    assert read == ["iot.yaml"]
