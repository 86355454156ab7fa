"""The parts of an entry as the model has them; their shape has been checked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sothat.model.alert import Action, Example, Inhibition, Outcome, Shadow, Step
from sothat.model.duration import parse_duration
from sothat.model.policy import Priority


def action_of(data: Mapping[str, Any]) -> Action:
    """Return a DO."""
    return Action(
        priority=Priority(data["priority"]),
        text=data["action"].strip(),
        steps=tuple(step_of(step) for step in data.get("steps", ())),
        escalation=tuple(data.get("escalation", ())),
    )


def step_of(data: Mapping[str, str]) -> Step:
    """Return a step of an action or of a runbook."""
    texts = (data.get(key, "").strip() for key in ("do", "run", "expect", "if_not"))
    return Step(*texts)


def outcome_of(data: Mapping[str, str]) -> Outcome:
    """Return a SO THAT."""
    return Outcome(data["who"].strip(), data["outcome"].strip(), data["kpi"].strip())


def inhibition_of(data: Mapping[str, Any]) -> Inhibition:
    """Return an entry of ``inhibited_by``."""
    return Inhibition(data["alert"], tuple(data["equal"]))


def shadow_of(data: Mapping[str, str] | None) -> Shadow | None:
    """Return an entry's time on trial, if it is on trial."""
    return Shadow(data["until"], data["reason"].strip()) if data else None


def example_of(data: Mapping[str, Any]) -> Example:
    """Return an example."""
    return Example(
        name=data["name"],
        series=tuple(data["series"].items()),
        interval=parse_duration(data.get("interval", "1m")),
        at=parse_duration(data["at"]),
        fires=tuple(MappingProxyType(dict(labels)) for labels in data.get("fires", ())),
    )
