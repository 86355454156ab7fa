"""The supervisor over real processes: order, restarts, a clean stop, no orphan."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psutil
import pytest
from sothat.stack.lifecycle import State
from sothat.stack.part import Address, Part
from sothat.stack.ports import LOOPBACK
from sothat.stack.running import supervised
from sothat.stack.status import all_up
from sothat.stack.supervisor import Supervisor

from .conftest import QUICK, is_gone, part_of, stand_in, until


@pytest.fixture
def trio(tmp_path: Path, ports: Iterator[int], stop: Event) -> Supervisor:
    parts = (
        stand_in("first", next(ports)),
        stand_in("second", next(ports), needs=("first",)),
        stand_in("third", next(ports), needs=("first", "second")),
    )
    return Supervisor(parts, tmp_path / "logs", stop, timing=QUICK)


def test_all_parts_come_up_and_stop_without_an_orphan(trio: Supervisor) -> None:
    with supervised(trio):
        until(lambda: len(trio.status()) == 3 and all_up(trio.status()), "all up")
        pids = [part.pid for part in trio.status()]
    assert all(pid and is_gone(pid) for pid in pids)
    assert {part.state for part in trio.status()} == {State.STOPPED}


def test_parts_start_in_order_and_stop_in_reverse(trio: Supervisor) -> None:
    seen: list[tuple[str, State]] = []
    trio.changed = lambda status: seen.extend(
        (part.name, part.state) for part in status if (part.name, part.state) not in seen
    )
    with supervised(trio):
        until(lambda: len(trio.status()) == 3 and all_up(trio.status()), "all up")
    assert [name for name, state in seen if state is State.UP] == ["first", "second", "third"]
    assert [name for name, state in seen if state is State.STOPPED] == ["third", "second", "first"]
    assert seen.index(("second", State.STARTING)) > seen.index(("first", State.UP))


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_a_killed_part_is_shown_down_and_comes_back(trio: Supervisor, name: str) -> None:
    told: list[str] = []
    trio.changed = lambda status: told.extend(p.detail for p in status if p.state is State.DOWN)
    with supervised(trio):
        until(lambda: len(trio.status()) == 3 and all_up(trio.status()), "all up")
        others = {p.name: p.pid for p in trio.status() if p.name != name}
        os.kill(part_of(trio, name).pid or 0, signal.SIGKILL)
        until(lambda: part_of(trio, name).restarts == 1 and all_up(trio.status()), "back up")
        assert "killed by SIGKILL" in told
        assert {p.name: p.pid for p in trio.status() if p.name != name} == others


def test_a_part_that_answers_no_more_is_killed_and_comes_back(trio: Supervisor) -> None:
    told: list[str] = []
    trio.changed = lambda status: told.extend(p.detail for p in status if p.state is State.DOWN)
    with supervised(trio):
        until(lambda: len(trio.status()) == 3 and all_up(trio.status()), "all up")
        frozen = part_of(trio, "second").pid or 0
        os.kill(frozen, signal.SIGSTOP)
        until(lambda: part_of(trio, "second").restarts == 1 and all_up(trio.status()), "back up")
    assert is_gone(frozen)
    assert "gave no healthy answer for 1.5 s" in told


def test_a_part_that_is_not_ready_holds_back_what_needs_it(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    signal_file = tmp_path / "ready"
    parts = (
        stand_in("slow", next(ports), "unready", str(signal_file)),
        stand_in("after", next(ports), needs=("slow",)),
    )
    supervisor = Supervisor(parts, tmp_path / "logs", stop, timing=QUICK)
    supervisor.look, looked = _counting(supervisor.look)
    with supervised(supervisor):
        until(lambda: looked.count("slow") > 5, "several looks at the slow part")
        assert part_of(supervisor, "after").state is State.WAITING
        signal_file.touch()
        until(lambda: all_up(supervisor.status()), "all up")


def _counting(look):  # type: ignore[no-untyped-def]
    looked: list[str] = []

    def counted(part):  # type: ignore[no-untyped-def]
        looked.append(part.name)
        return look(part)

    return counted, looked


def test_a_deaf_part_is_killed_after_its_deadline(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    supervisor = Supervisor(
        (stand_in("deaf", next(ports), "deaf"),), tmp_path / "logs", stop, timing=QUICK
    )
    with supervised(supervisor):
        until(lambda: all_up(supervisor.status()) and supervisor.status() != (), "up")
        pid = part_of(supervisor, "deaf").pid or 0
    assert is_gone(pid)


def test_grandchildren_end_with_their_part(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    note = tmp_path / "grandchild"
    part = stand_in("parent", next(ports), "grandchild", str(note))
    supervisor = Supervisor((part,), tmp_path / "logs", stop, timing=QUICK)
    with supervised(supervisor):
        until(lambda: bool(supervisor.status()) and all_up(supervisor.status()), "up")
        first = int(note.read_text())
        os.kill(part_of(supervisor, "parent").pid or 0, signal.SIGKILL)
        until(lambda: part_of(supervisor, "parent").restarts == 1, "restart")
        until(lambda: is_gone(first), "the killed part's grandchild is gone")
        until(lambda: all_up(supervisor.status()), "up again")
        second = int(note.read_text())
    assert second != first
    until(lambda: is_gone(second), "the stopped part's grandchild is gone")


def test_a_part_that_refuses_its_input_ends_the_run(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    parts = (stand_in("good", next(ports)), stand_in("bad", next(ports), "refuse"))
    supervisor = Supervisor(parts, tmp_path / "logs", stop, timing=QUICK)
    with supervised(supervisor):
        assert stop.wait(20)
    assert supervisor.refused == "bad"
    assert "not to be used" in supervisor.log_of("bad").read_text()
    assert {part.state for part in supervisor.status()} == {State.STOPPED}


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path, ports: Iterator[int]) -> None:
    note = tmp_path / "grandchild"
    program = textwrap.dedent(
        f"""
        import sys, threading
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from pathlib import Path
        from sothat.stack.part import Address, Part
        from sothat.stack.supervisor import Supervisor
        from sothat.stack.running import supervised
        part = Part(
            "part",
            ({sys.executable!r}, {str(Path(__file__).with_name("stand_in.py"))!r},
             "{(port := next(ports))}", "grandchild", {str(note)!r}),
            Address("127.0.0.1", {port}),
        )
        with supervised(Supervisor((part,), Path({str(tmp_path / "logs")!r}), threading.Event())):
            threading.Event().wait()
        """
    )
    run = subprocess.Popen([sys.executable, "-c", program])
    with run:
        until(lambda: note.exists() and note.read_text() != "", "the part and its child run")
        family = psutil.Process(run.pid).children(recursive=True)
        assert len(family) >= 3, "guard, part and grandchild"
        run.kill()
    for member in family:
        until(lambda pid=member.pid: is_gone(pid), f"{member} is gone")  # type: ignore[misc]


def test_a_part_that_cannot_be_started_is_down_and_comes_back(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    parts = (stand_in("first", next(ports)), stand_in("second", next(ports)))
    logs = tmp_path / "data" / "logs"
    supervisor = Supervisor(parts, logs, stop, timing=QUICK)
    with supervised(supervisor):
        until(lambda: len(supervisor.status()) == 2 and all_up(supervisor.status()), "all up")
        # Somebody clears the data folder away, and a file stands in its place.
        shutil.rmtree(logs.parent)
        logs.parent.write_text("")
        os.kill(part_of(supervisor, "first").pid or 0, signal.SIGKILL)
        until(
            lambda: "cannot be started: " in part_of(supervisor, "first").detail, "the reason told"
        )
        assert part_of(supervisor, "second").state is State.UP
        logs.parent.unlink()
        until(lambda: all_up(supervisor.status()), "back up")


def test_a_program_that_cannot_run_is_refused_in_one_line(
    tmp_path: Path, ports: Iterator[int], stop: Event
) -> None:
    junk = tmp_path / "junk"
    junk.write_text("no program")
    junk.chmod(0o755)
    part = Part("junk", (str(junk),), Address(LOOPBACK, next(ports)))
    supervisor = Supervisor((part,), tmp_path / "logs", stop, timing=QUICK)
    with supervised(supervisor):
        until(stop.is_set, "the run to end")
    assert supervisor.refused == "junk"
    told = supervisor.log_of("junk").read_text()
    assert told.startswith(f"{junk}: error: cannot run: ")
    assert told.count("\n") == 1
