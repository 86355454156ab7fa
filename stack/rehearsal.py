"""``sothat demo``: a stack of its own, one scenario, and what came of it."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag
from typing import Any

from sothat.model.problem import unusable
from sothat.runtime.plugins import offered
from sothat.stack.demo import Drive, NotClosed, incidents_json
from sothat.stack.folder import locked
from sothat.stack.prepare import Options, make_plan, prepare
from sothat.stack.running import running, tail, urls
from sothat.stack.scenario import Scenario, Site
from sothat.stack.supervisor import Supervisor
from sothat.stack.timeline import Event, Timeline

GROUP = "sothat.scenarios"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the loop did not close, and the end of the log that tells more."""

    step: str
    reason: str
    part: str
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a demo."""

    scenario: str
    timeline: tuple[Event, ...]
    incidents: tuple[Mapping[str, Any], ...]
    addresses: Mapping[str, str]
    failure: Failure | None = None

    @property
    def closed(self) -> bool:
        """Return whether the loop closed."""
        return self.failure is None


def find_scenario(name: str) -> Scenario:
    """Return the scenario of a name.

    Raises:
        Unusable: There is none; the hint lists those that there are.
    """
    known = {each.name: each for each in offered(GROUP, "SCENARIO", Scenario).values()}
    if name not in known:
        hint = f"there are: {', '.join(known)}"
        raise unusable("unknown-scenario", f"no scenario '{name}'", hint=hint)
    scenario: Scenario = known[name]
    return scenario


def folder_for(keep: Path | None) -> AbstractContextManager[str]:
    """Return a data folder: the one to keep, or one that goes with the demo."""
    return nullcontext(str(keep)) if keep else TemporaryDirectory(prefix="sothat-demo-")


def rehearse(
    scenario: Scenario,
    options: Options,
    environment: Mapping[str, str],
    told: Callable[[Event], None],
    flags: tuple[Flag, Flag],
) -> Result:
    """Start a stack, drive a scenario through it, stop it, and return what came of it.

    Args:
        scenario: What to drive.
        options: As for `sothat up`.
        environment: The process's variables.
        told: Called with each event as it happens.
        flags: Set the first to stop, the second to kill.

    Raises:
        Unusable: The stack cannot be started.
        Declined: A part refuses its input.
        Interrupted: The first flag was set.
    """
    plan = make_plan(options, environment)
    timeline = Timeline(time.time, told)
    with locked(plan.data):
        prepare(plan, flags[0])
        with running(plan, *flags) as supervisor:
            site = Site(plan.addresses, plan.data.root)
            drive = Drive(scenario, site, supervisor, timeline, flags[0])
            failure = _drive(drive, supervisor)
        return Result(
            scenario.name,
            tuple(timeline.events),
            tuple(incidents_json(drive.incidents)),
            urls(plan),
            failure,
        )


def _drive(drive: Drive, supervisor: Supervisor) -> Failure | None:
    try:
        drive.run()
    except NotClosed as error:
        log = tail(supervisor.log_of(error.part))
        return Failure(error.step, error.reason, error.part, tuple(log))
    return None


def as_json(result: Result) -> Mapping[str, Any]:
    """Return the result as the one object that ``--json`` prints."""
    shown: dict[str, Any] = {
        "scenario": result.scenario,
        "closed": result.closed,
        "incidents": list(result.incidents),
        "timeline": [{"event": e.name, "seconds": e.seconds} for e in result.timeline],
        "addresses": dict(result.addresses),
    }
    if failure := result.failure:
        shown["failure"] = {"step": failure.step, "reason": failure.reason, "part": failure.part}
    return shown


def event_line(event: Event) -> str:
    """Return an event as a line for people."""
    return f"{event.seconds:7.1f} s  {event.name:22}{event.note}".rstrip()


def failure_text(failure: Failure) -> str:
    """Return why the loop did not close, with the end of the log."""
    head = f"the loop did not close: {failure.step}: {failure.reason}"
    log = "\n".join(f"  {line}" for line in failure.log)
    return f"{head}\nthe end of the log of {failure.part}:\n{log}"
