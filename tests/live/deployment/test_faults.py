"""Whatever dies in the middle of an apply: old state or new, and somebody is always paged."""

import os
import resource
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from sothat.commands._main import run as sothat
from sothat.model.problem import Unusable

from .servers import ALERTMANAGER, AMTOOL, PROMETHEUS, Running, run
from .world import ROUTING_FIRST, RULES_FIRST, Case, World, at, quiet, step_names

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (PROMETHEUS and ALERTMANAGER and AMTOOL), reason="no Prometheus or Alertmanager here"
    ),
]
CASES = [ROUTING_FIRST, RULES_FIRST]
STEPS = 8
# The steps at which a part is live and the other is not, or a file is there that nobody has read.
TELLING = (4, 6, 7)


def world_of(case: Case, folder: Path, *, newest: bool = False) -> Iterator[World]:
    which = -1 if newest else 0
    # A release of amtool speaks with Alertmanagers of its own time.
    programs = (PROMETHEUS[which], ALERTMANAGER[which], AMTOOL[which])
    world = World(case, folder, *programs)
    with run(world.alertmanager, world.prometheus):
        yield world


@pytest.fixture(params=CASES, ids=[case.name for case in CASES])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from world_of(request.param, tmp_path)


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[World]:
    yield from world_of(ROUTING_FIRST, tmp_path, newest=True)


def killed_at(world: World, number: int) -> None:
    """Apply in a process that is killed without warning just before a step."""
    process = get_context("fork").Process(
        target=world.apply, args=(at(number, lambda: os.kill(os.getpid(), signal.SIGKILL)),)
    )
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def finished(world: World, way: str) -> None:
    words = ["apply", "--target", str(world.target_file())]
    if way == "again":
        words += ["--compiled", str(world.compiled()), "--yes"]
    else:
        words.append(f"--{way}")
    assert sothat(words) == 0


def test_the_order_is_the_one_that_pages_somebody(world: World) -> None:
    names = step_names(world)
    assert len(names) == STEPS
    first = names[2].partition(":")[0]
    assert first == ("routing" if world.case is ROUTING_FIRST else "rules")
    assert world.unchanged()
    world.assert_somebody_is_paged()


@pytest.mark.parametrize(
    "world",
    [ROUTING_FIRST, pytest.param(RULES_FIRST, marks=pytest.mark.slow)],
    ids=["routing first", "rules first"],
    indirect=True,
)
def test_killed_at_each_step_and_repaired(world: World) -> None:
    for number in range(1, STEPS + 1):
        world.reset()
        killed_at(world, number)
        world.assert_files_are_whole()
        world.assert_somebody_is_paged()
        way = ("again", "resume", "rollback")[number % 3]
        finished(world, way)
        world.assert_somebody_is_paged()
        assert world.is_old() if way == "rollback" else world.unchanged()


def test_killed_while_both_servers_restart(newest: World) -> None:
    for number in TELLING:
        newest.reset()
        killed_at(newest, number)
        for server in (newest.alertmanager, newest.prometheus):
            server.kill()
            server.start()
        newest.assert_somebody_is_paged()
        finished(newest, "rollback")
        assert newest.is_old()


def dying(world: World, server: Running, number: int) -> None:
    """A server dies just before a step, stays away, and comes back after the apply has ended."""
    world.reset()
    report = at(number, server.kill)
    outcome = world.apply(report, seconds=1)
    assert not outcome.applied
    world.assert_files_are_whole()
    server.start()
    world.assert_somebody_is_paged()
    assert world.is_old()
    # What could not be verified stays noted until it is.
    finished(world, "rollback")
    assert world.status() == "rolled-back"


def test_a_server_that_dies_before_its_reload_leaves_the_old_state(world: World) -> None:
    if world.case is ROUTING_FIRST:
        dying(world, world.alertmanager, 4)
    else:
        dying(world, world.alertmanager, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_a_server_that_dies_at_each_step(world: World, name: str) -> None:
    server: Running = getattr(world, name)
    steps = step_names(world)
    last = max(n for n, step in enumerate(steps, 1) if name in step.lower())
    for number in range(1, last + 1):
        dying(world, server, number)


def test_a_server_that_comes_back_in_time_is_waited_for(world: World) -> None:
    def restart() -> None:
        world.prometheus.kill()
        world.prometheus.start()

    assert world.apply(at(7, restart)).applied
    assert world.unchanged()


def test_a_reload_that_is_refused_brings_everything_back(world: World) -> None:
    # Somebody else has broken another rule file: Prometheus refuses all of them.
    broken = world.folder / "rules" / "theirs.yaml"
    outcome = world.apply(at(3, lambda: [broken.write_text("groups: 7"), None][1]))
    assert not outcome.applied
    assert "reload-refused" in {problem.code for problem in outcome.problems}
    world.assert_files_are_whole()
    world.assert_somebody_is_paged()
    broken.unlink()
    finished(world, "rollback")
    assert world.is_old()


def full(world: World, number: int) -> None:
    """From a step on the disk takes nothing more; what was laid ready is gone as well."""

    def fill() -> None:
        for waiting in world.folder.rglob(".*.sothat-new"):
            waiting.unlink()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    outcome = world.apply(at(number, fill))
    os._exit(0 if not outcome.applied else 1)


@pytest.mark.parametrize("number", [2, 6])
def test_a_disk_that_is_full_leaves_the_old_state(newest: World, number: int) -> None:
    process = get_context("fork").Process(target=full, args=(newest, number))
    process.start()
    process.join(120)
    assert process.exitcode == 0
    assert newest.is_old()
    newest.assert_files_are_whole()
    finished(newest, "again")
    assert newest.unchanged()


def test_a_folder_that_takes_no_file_refuses_before_anything_changes(newest: World) -> None:
    newest.rules_file = Path("/proc/sothat.yaml")
    outcome = newest.apply(quiet)
    assert not outcome.applied
    assert outcome.problems[0].code == "unwritable-output"
    assert newest.is_old()


def test_two_applies_at_once(newest: World) -> None:
    with newest.journal.alone():
        assert sothat(["apply", "--target", str(newest.target_file()), "--rollback"]) == 2


def test_no_order_is_safe(tmp_path: Path) -> None:
    case = Case("none", ("a",), ("a",), ("b",), ("b",))
    for world in world_of(case, tmp_path):
        with pytest.raises(Unusable, match="whichever comes first"):
            world.begin()
        assert world.journal.read() is None
        assert world.is_old()
