"""What a running stack writes down of itself."""

import logging
from pathlib import Path

import pytest
from sothat.stack.config import load_config
from sothat.stack.folder import Folder
from sothat.stack.part import Address
from sothat.stack.plan import Plan, Programs
from sothat.stack.running import tail, write_state
from sothat.stack.shipped import shipped


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    programs = Programs(Path("prometheus"), Path("alertmanager"))
    where = {"exporter": Address("127.0.0.1", 9780)}
    return Plan(load_config(shipped("demo/stack.yaml")), Folder(tmp_path), programs, where)


def test_a_state_that_cannot_be_written_is_told_and_does_no_harm(
    plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    plan.data.state.mkdir()
    with caplog.at_level(logging.WARNING):
        write_state(plan, ())
    assert f"cannot write {plan.data.state}: Is a directory" in caplog.text


def test_the_end_of_a_log_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log") == []
    assert tail(tmp_path) == []
