"""What people tell a major incident: each act with the type of its request and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sothat.incidents.major import desk
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.web import major_models as models
from sothat.incidents.web.doing import Deeds


@dataclass(frozen=True, slots=True)
class Act:
    """Something that people do.

    Attributes:
        name: In the path, and with ``Major`` its operation.
        work: Makes what is done of a checked request.
    """

    name: str
    summary: str
    body: type[Any]
    work: Callable[[Any, MajorRules], Deeds]
    status: int = 200

    @property
    def operation(self) -> str:
        """Return the operation's name."""
        first, *rest = self.name.split("-")
        return f"{first}{''.join(word.capitalize() for word in rest)}Major"


def _declare(body: models.Declare, rules: MajorRules) -> Deeds:
    return partial(desk.declare, said=body.note.strip(), bridge=body.bridge, rules=rules)


def _decline(body: models.Said, _rules: MajorRules) -> Deeds:
    return partial(desk.decline, said=body.note.strip())


def _stand_down(body: models.Said, _rules: MajorRules) -> Deeds:
    return partial(desk.stand_down, said=body.note.strip())


def _give(body: models.GiveRole, _rules: MajorRules) -> Deeds:
    return partial(desk.give, part=body.role, person=body.person.strip())


def _take(body: models.TakeRole, _rules: MajorRules) -> Deeds:
    return partial(desk.take_back, part=body.role, person=body.person.strip())


def _bridge(body: models.SetBridge, _rules: MajorRules) -> Deeds:
    return partial(desk.meet, link=body.link)


def _decide(body: models.NewDecision, _rules: MajorRules) -> Deeds:
    return partial(desk.decide, text=body.text.strip(), reason=body.reason.strip())


def _task(body: models.NewTask, _rules: MajorRules) -> Deeds:
    return partial(desk.add_task, text=body.text.strip(), owner=body.owner.strip(), kind=body.kind)


def _update(body: models.NewUpdate, rules: MajorRules) -> Deeds:
    return partial(desk.update, text=body.text.strip(), rules=rules)


def _hand_over(body: models.HandOver, _rules: MajorRules) -> Deeds:
    taking = tuple((one.role, one.person.strip()) for one in body.roles)
    return partial(desk.hand_over, taking=taking, summary=body.summary.strip())


ACTS = (
    Act("declare", "Lead an incident as a major one", models.Declare, _declare),
    Act("decline", "Decline to lead an incident as a major one", models.Said, _decline),
    Act("stand-down", "End the leading of a major incident", models.Said, _stand_down),
    Act("give-role", "Give somebody a role", models.GiveRole, _give),
    Act("take-role", "Take a role back from somebody", models.TakeRole, _take),
    Act("bridge", "Say where people meet", models.SetBridge, _bridge),
    Act("decisions", "Write a decision down", models.NewDecision, _decide, 201),
    Act("tasks", "Add a task", models.NewTask, _task, 201),
    Act("updates", "Tell those within the house how it stands", models.NewUpdate, _update, 201),
    Act("hand-over", "Hand roles over at the end of a shift", models.HandOver, _hand_over),
)
