"""What is to be done and what was decided in a major incident. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from sothat.incidents.refusal import Refused


class TaskKind(StrEnum):
    """Whether a task ends the incident, or keeps the business going meanwhile."""

    TASK = "task"
    CONTINUITY = "continuity"


class TaskState(StrEnum):
    """What became of a task."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that somebody does; moments in nanoseconds."""

    id: int
    incident: int
    kind: TaskKind
    text: str
    owner: str
    created_at: int
    created_by: str
    state: TaskState = TaskState.OPEN
    ended_at: int | None = None
    ended_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and why: it is never changed, only followed by another."""

    id: int
    incident: int
    at: int
    by: str
    text: str
    reason: str


def ended(task: Task, to: TaskState, by: str, note: str, now: int) -> Task:
    """Return a task that is done, dropped, or open again.

    Raises:
        Refused: It is that already.
    """
    if to is task.state:
        raise Refused(f"task {task.id} is {to} already")
    if to is TaskState.OPEN:
        return replace(task, state=to, ended_at=None, ended_by="", note="")
    return replace(task, state=to, ended_at=now, ended_by=by, note=note)
