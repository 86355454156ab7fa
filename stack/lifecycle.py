"""The life of a part as a pure state machine: what has been seen, and what to do next."""

from dataclasses import dataclass, replace
from enum import StrEnum

# The exit code of "unusable input", ours and many others'.
REFUSED = 2


class State(StrEnum):
    """What the status shows."""

    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    NOT_READY = "not ready"
    DOWN = "down"
    STOPPED = "stopped"


class Health(StrEnum):
    """What a part's pages answered."""

    READY = "ready"
    ALIVE = "alive"
    SILENT = "silent"


class Action(StrEnum):
    """What the supervisor has to do with the process."""

    NOTHING = "nothing"
    START = "start"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Timing:
    """Deadlines and intervals, in seconds.

    Attributes:
        start_probe: Between two looks at a part that is not up yet.
        probe: Between two looks at a part that is up.
        silence: A part that answered before and is silent for this long is killed.
        first_backoff: Pause before the first restart; doubles with each failure in a row.
        last_backoff: The longest pause.
        settled: After this long in health, earlier failures are forgotten.
    """

    start_probe: float = 0.15
    probe: float = 1.0
    silence: float = 10.0
    first_backoff: float = 0.5
    last_backoff: float = 30.0
    settled: float = 60.0


@dataclass(frozen=True, slots=True)
class Life:
    """A part's life so far; all times are readings of one monotonic clock.

    Attributes:
        since: When the state shown began; a part that is down stays so until it is healthy again.
        running: Whether there is a process.
        launched: When the process was last started.
        answered: When it last gave a healthy answer, None if never since its last start.
        was_ready: Whether it has ever been ready; what needs it may start from then on.
        failures: Failures in a row, for the back-off.
        retry_at: Earliest time of the next start.
        restarts: How often it has been started again.
        detail: Why it is down, for people.
        refused: It ended with exit code 2 before it was ever ready: it will never accept what it
            was given, and starting it again is of no use.
    """

    state: State
    since: float
    running: bool = False
    launched: float = 0.0
    answered: float | None = None
    was_ready: bool = False
    failures: int = 0
    retry_at: float = 0.0
    restarts: int = 0
    detail: str = ""
    refused: bool = False


def born(now: float) -> Life:
    """Return the life of a part that has not started yet."""
    return Life(State.WAITING, now)


def launched(life: Life, now: float) -> Life:
    """The process has been started."""
    again = life.launched > 0
    state = State.DOWN if again else State.STARTING
    return replace(
        life,
        state=state,
        since=life.since if state is life.state else now,
        running=True,
        launched=now,
        answered=None,
        restarts=life.restarts + again,
    )


def answered(life: Life, health: Health, now: float, timing: Timing) -> Life:
    """A look at its pages has come back."""
    if not life.running or health is Health.SILENT:
        return life
    state = State.UP if health is Health.READY else State.NOT_READY
    if state is State.NOT_READY and life.state in (State.STARTING, State.DOWN):
        # Alive but not ready yet is still on its way up.
        return replace(life, answered=now)
    changed = state is not life.state
    calm = not changed and now - life.since >= timing.settled
    return replace(
        life,
        state=state,
        since=now if changed else life.since,
        answered=now,
        was_ready=life.was_ready or health is Health.READY,
        failures=0 if calm else life.failures,
        detail="" if health is Health.READY else "serves, but cannot do its work yet",
    )


def exited(life: Life, code: int, how: str, now: float, timing: Timing) -> Life:
    """The process has ended without being asked to."""
    pause = min(timing.last_backoff, timing.first_backoff * 2**life.failures)
    down = life.state is State.DOWN
    return replace(
        life,
        state=State.DOWN,
        since=life.since if down else now,
        running=False,
        failures=min(life.failures + 1, 16),
        retry_at=now + pause,
        detail=how,
        refused=code == REFUSED and not life.was_ready,
    )


def stopped(life: Life, now: float) -> Life:
    """The process has ended because it was asked to."""
    return replace(life, state=State.STOPPED, since=now, running=False, detail="")


def next_action(
    life: Life, now: float, timing: Timing, *, may_start: bool, start_seconds: float
) -> tuple[Action, str]:
    """Return what is due, and for a kill the reason.

    Args:
        life: The life so far.
        now: The clock.
        timing: The deadlines.
        may_start: Whether all that the part needs has been ready once.
        start_seconds: How long the part may take to its first healthy answer.
    """
    if not life.running:
        due = may_start and now >= life.retry_at and life.state is not State.STOPPED
        return (Action.START if due else Action.NOTHING), ""
    if life.answered is None:
        late = now - life.launched > start_seconds
        reason = f"did not come up within {start_seconds:g} s"
    else:
        late = now - life.answered > timing.silence
        reason = f"gave no healthy answer for {timing.silence:g} s"
    return (Action.KILL, reason) if late else (Action.NOTHING, "")


def probe_interval(life: Life, timing: Timing) -> float:
    """Return the time between two looks at the part's pages."""
    return timing.probe if life.state is State.UP else timing.start_probe
