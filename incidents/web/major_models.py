"""What goes in and out of the API about major incidents."""

from typing import Annotated

from msgspec import Meta, field
from sothat.incidents.major.drafting import DraftKind
from sothat.incidents.major.major import MajorState, Part
from sothat.incidents.major.work import TaskKind, TaskState
from sothat.incidents.web.models import SOMETHING, Answer, Limit, Moment, Request
from sothat.incidents.web.review_models import By
from sothat.model.policy import Priority

_Cursor = Annotated[str, Meta(max_length=200, description="`next` of the page before")]
_Note = Annotated[str, Meta(max_length=10_000, description="Goes on the timeline")]
_Said = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=SOMETHING)]
_Line = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=SOMETHING)]
_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=SOMETHING)]
_Owner = Annotated[str, Meta(max_length=200)]
_Link = Annotated[
    str, Meta(max_length=2_000, pattern=r"^(https?://[!-~]+)?(?!\n)$", description="Empty: none")
]
# Where label values end up.
_Label = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]


class Declare(Request, kw_only=True):
    """An incident is led as a major one."""

    by: By = ""
    note: _Note = ""
    bridge: Annotated[
        _Link, Meta(description="Where people meet; the configuration's if empty")
    ] = ""


class Said(Request, kw_only=True):
    """Something ends, and why."""

    by: By = ""
    note: _Note = ""


class GiveRole(Request, kw_only=True):
    """Somebody has a role from now on."""

    by: By = ""
    role: Part
    person: Annotated[_Name, Meta(description="A user, or a role of the policy")]


class TakeRole(Request, kw_only=True):
    """Somebody no longer has a role."""

    by: By = ""
    role: Part
    person: _Name


class SetBridge(Request, kw_only=True):
    """Where people meet."""

    by: By = ""
    link: _Link


class NewDecision(Request, kw_only=True):
    """Something was decided."""

    by: By = ""
    text: _Said
    reason: _Note = ""


class NewTask(Request, kw_only=True):
    """Something is to be done."""

    by: By = ""
    text: _Line
    owner: _Owner = ""
    kind: TaskKind = TaskKind.TASK


class ChangeTask(Request, kw_only=True):
    """What is left out stays as it is."""

    by: By = ""
    state: TaskState | None = None
    owner: _Owner | None = None
    note: _Note = ""


class NewUpdate(Request, kw_only=True):
    """How it stands, for those within the house who wait."""

    by: By = ""
    text: _Said


class Taking(Request, kw_only=True):
    """Somebody takes a role over."""

    role: Part
    person: _Name


class HandOver(Request, kw_only=True):
    """Roles go to others."""

    by: By = ""
    roles: Annotated[
        list[Taking], Meta(min_length=1, max_length=20, description="Who takes which role")
    ]
    summary: Annotated[_Said, Meta(description="What whoever takes over must know")]


class NewDrill(Request, kw_only=True):
    """A drill: an incident that is none, of which only those who take part hear."""

    by: By = ""
    title: Annotated[_Line, Meta(description="What is supposed to have happened")]
    participants: Annotated[
        list[_Name], Meta(min_length=1, max_length=50, description="Users, or roles of the policy")
    ]
    priority: Priority = Priority.P1
    team: _Label = ""
    site: _Label = ""
    scenario: Annotated[_Note, Meta(description="What those who take part are told")] = ""


class MajorsQuery(Request, rename={"states": "state"}):
    """Which major incidents to list."""

    states: list[MajorState] = field(default_factory=list)
    limit: Limit = 100
    cursor: _Cursor = ""


class DraftQuery(Request, kw_only=True):
    """What is to be said."""

    kind: DraftKind = DraftKind.UPDATE


class HolderShape(Answer):
    """Who has a role."""

    role: Part
    person: str
    since: Moment
    by_the_rota: bool


class TaskShape(Answer):
    """A task."""

    id: int
    kind: TaskKind
    text: str
    owner: str
    state: TaskState
    created_at: Moment
    created_by: str
    ended_at: Moment | None
    ended_by: str
    note: str


class DecisionShape(Answer):
    """A decision; it is never changed."""

    id: int
    at: Moment
    by: str
    text: str
    reason: str


class MajorSummary(Answer):
    """A major incident in a list."""

    incident: int
    title: str
    priority: Priority
    team: str
    site: str
    drill: bool
    state: MajorState
    reasons: tuple[str, ...]
    declared_at: Moment | None
    ended_at: Moment | None
    update_due: Moment | None


class MajorPage(Answer):
    """A page of major incidents, the newest incidents first."""

    majors: list[MajorSummary]
    next: str


class MajorShape(MajorSummary):
    """A major incident with all that belongs to it."""

    proposed_at: Moment | None
    declared_by: str
    ended_by: str
    bridge: str
    roles: list[HolderShape]
    hand_over_due: Annotated[
        dict[str, str], Meta(description="Who the rota has now, by role; empty: none is due")
    ]
    tasks: list[TaskShape]
    decisions: list[DecisionShape]


class DraftShape(Answer):
    """A text that somebody completes; nothing has been sent."""

    title: str
    text: str


class Drill(Answer):
    """The incident of a drill."""

    incident: int
