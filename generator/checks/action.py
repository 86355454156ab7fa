"""A DO that asks nobody to do anything."""

import re
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.policy import Priority
from sothat.model.problem import Problem

_IDLE = re.compile(
    r"\b(inform(s|ed)?|notif(y|ies|ied)|aware(ness)?|take(s)? note|note(s)? that|fyi|"
    r"for information|keep(s)? an eye|watch(es)?|monitor(s)?|observe(s)?|none|nothing|n/a|tbd)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\b(?:and|then|or)\b|[,;.:]")
_SHORTEST_CLAUSE = 3
_PAGES = (Priority.P1, Priority.P2)


def find(draft: Draft) -> Iterator[Problem]:
    """Yield actions that are only to know of it, and pages without a first step."""
    for alert in draft.catalogue.alerts:
        if _is_idle(alert.action.text):
            message = f"the DO of {alert.name} asks nobody to act: '{alert.action.text}'"
            hint = "say what the owner does about it; what needs no action belongs on a dashboard"
            yield draft.problem("vague-action", message, alert, hint=hint)
        if alert.action.priority in _PAGES and not alert.action.steps:
            message = f"{alert.name} wakes somebody ({alert.action.priority}) without a first step"
            hint = "add 'steps' to the DO: what to look at, the command, what to expect"
            yield draft.problem("page-without-step", message, alert, hint=hint)


def _is_idle(action: str) -> bool:
    """Tell whether no clause of an action asks for more than to know of it."""
    clauses = [clause for clause in _CLAUSE.split(action) if clause.strip()]
    return bool(_IDLE.search(action)) and all(
        _IDLE.search(clause) or len(clause.split()) < _SHORTEST_CLAUSE for clause in clauses
    )


CHECK = Check(codes=("vague-action", "page-without-step"), find=find)
