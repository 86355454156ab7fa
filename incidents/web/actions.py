"""What people tell incidents: each action with the type of its request and the event that it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta
from sothat.incidents import events
from sothat.incidents.roles import Caller
from sothat.incidents.web.models import SOMETHING, Id, Request
from sothat.incidents.web.problems import Failure
from sothat.model.policy import Priority

_By = Annotated[str, Meta(max_length=200, description="Who you are; a token's name where left out")]
_Text = Annotated[str, Meta(max_length=10_000, description="Goes on the timeline")]
_Said = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=SOMETHING)]
_Row = Annotated[str, Meta(max_length=100, description="A name of the policy's matrix")]
_Print = Annotated[str, Meta(min_length=1, max_length=128)]

Order = events.Command | events.Joining


class Command(Request):
    """A command, and what to add to the timeline."""

    by: _By = ""
    note: _Text | None = None


class Saying(Request, kw_only=True):
    """What somebody has to say."""

    by: _By = ""
    note: _Said


class Assigning(Command, kw_only=True):
    """Who gets the incident."""

    to: Annotated[str, Meta(min_length=1, max_length=200, pattern=SOMETHING)]


class Prioritising(Command):
    """A priority, outright or by impact and urgency."""

    priority: Priority | None = None
    impact: _Row = ""
    urgency: _Row = ""


class Merging(Command, kw_only=True):
    """The incident that goes on with the alerts of both."""

    into: Id


class Splitting(Command, kw_only=True):
    """The alerts that are another matter."""

    fingerprints: Annotated[list[_Print], Meta(min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Action:
    """A command of people.

    Attributes:
        name: In the path.
        body: Type of the request.
        event: Makes the event of who it comes from, what is noted, and the request.
    """

    name: str
    summary: str
    body: type[Any]
    event: Callable[[str, str, Any], Order]


def _plain(name: str, summary: str, event: Callable[[str, str], Order]) -> Action:
    return Action(name, summary, Command, lambda by, note, _body: event(by, note))


def _said(name: str, summary: str, event: Callable[[str, str], Order]) -> Action:
    return Action(name, summary, Saying, lambda by, note, _body: event(by, note))


def _assign(by: str, note: str, body: Assigning) -> Order:
    return events.Assign(by, body.to.strip(), note)


def _prioritise(by: str, note: str, body: Prioritising) -> Order:
    return events.Prioritise(by, note, body.priority, body.impact, body.urgency)


def _merge(by: str, note: str, body: Merging) -> Order:
    return events.Merge(by, body.into, note)


def _split(by: str, note: str, body: Splitting) -> Order:
    return events.Split(by, tuple(dict.fromkeys(body.fingerprints)), note)


ACTIONS = (
    _plain("acknowledge", "Take an incident", events.Acknowledge),
    Action("assign", "Give an incident to somebody", Assigning, _assign),
    _plain("release", "Give an incident back: it is open again, and pages", events.Release),
    _plain("escalate", "Let the next level be asked at once", events.Escalate),
    _plain("mitigate", "Say that the effect is gone, though the reason is not", events.Mitigate),
    _plain("resolve", "Declare an incident over", events.Resolve),
    _plain("verify", "Say that those who suffered are served again", events.Verify),
    _plain("close", "Leave nothing to do", events.Close),
    _plain("reopen", "Find that an incident is not over", events.Reopen),
    _said("update", "Tell those who wait how it stands", events.Update),
    _said("note", "Write something down; no clock cares", events.Comment),
    _plain("pause", "Wait on the customer: the clocks of resolution stand still", events.Wait),
    _plain("resume", "Let the clocks go on", events.Resume),
    Action("priority", "Set the priority", Prioritising, _prioritise),
    Action("merge", "Let another incident take its alerts over", Merging, _merge),
    Action("split", "Make some of its alerts an incident of their own", Splitting, _split),
)


def order(action: Action, body: Any, caller: Caller) -> Order:
    """Return the event that a request asks for.

    Raises:
        Failure: Nobody can tell who it comes from.
    """
    return action.event(who(body.by, caller), (body.note or "").strip(), body)


def who(given: str, caller: Caller) -> str:
    """Return who acts: by the name that is given, or by the caller's own.

    Raises:
        Failure: Nobody can tell.
    """
    name = given.strip() or (caller.name if caller.personal else "")
    if not name:
        raise Failure(400, "'by' is missing: say who you are")
    return name
