"""A DO that asks nobody to do anything, and alerts that are for information only."""

import re
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.policy import Priority
from sothat.model.problem import Problem

_IDLE = re.compile(
    r"\b(inform(s|ed)?|notif(y|ies|ied)|aware(ness)?|take(s)? note|note(s)? that|fyi|"
    r"for information|keep(s)? an eye|watch(es)?|monitor(s)?|observe(s)?|none|nothing|n/a|tbd)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\b(?:and|then|or)\b|[,;.:]")
_FOR_INFORMATION = re.compile(
    r"\b(fyi|informational|for your information|for information only|nothing to do|"
    r"no action( is)? (needed|required|necessary))\b",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 3
_PAGES = (Priority.P1, Priority.P2)


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what asks nobody to act, and pages without a first step."""
    for alert in draft.catalogue.alerts:
        if _is_idle(alert.action.text):
            message = f"the DO of {alert.name} asks nobody to act: '{alert.action.text}'"
            hint = "say what the owner does about it; what needs no action belongs on a dashboard"
            yield draft.problem("vague-action", message, alert, hint=hint)
        if _is_informational(alert):
            message = f"{alert.name} says itself that it is for information only"
            hint = "put the figure on a dashboard; an alert asks somebody to act"
            yield draft.problem("informational-alert", message, alert, hint=hint)
        if alert.action.priority in _PAGES and not alert.action.steps:
            message = f"{alert.name} wakes somebody ({alert.action.priority}) without a first step"
            hint = "add 'steps' to the DO: what to look at, the command, what to expect"
            yield draft.problem("page-without-step", message, alert, hint=hint)


def _is_informational(alert: Alert) -> bool:
    texts = (alert.summary, alert.description, alert.condition.words, alert.action.text)
    return any(_FOR_INFORMATION.search(text) for text in texts)


def _is_idle(action: str) -> bool:
    """Tell whether no clause of an action asks for more than to know of it."""
    clauses = [clause for clause in _CLAUSE.split(action) if clause.strip()]
    return bool(_IDLE.search(action)) and all(
        _IDLE.search(clause) or len(clause.split()) < _SHORTEST_CLAUSE for clause in clauses
    )


CODES = ("informational-alert", "page-without-step", "vague-action")
CHECK = Check(codes=CODES, find=find)
