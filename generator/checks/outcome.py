"""A SO THAT that only says the condition again; two figures that it protects under one name."""

import re
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.conventions import slug
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.problem import Problem

_MOST_SHARED = 0.6
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can does for from has have in is it its no not of on or so than "
        "that the their there this to was we when which will with",
    )
)


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with each outcome, and with all of them together."""
    yield from _restating(draft)
    yield from _clashing(draft)


def _restating(draft: Draft) -> Iterator[Problem]:
    """Yield alerts whose outcome shares most of its words with the condition or summary."""
    for alert in draft.catalogue.alerts:
        if _restates(alert):
            message = f"the SO THAT restates the condition: '{alert.outcome.text}'"
            hint = "say what the customer can go on doing, not that the number is right again"
            yield draft.problem("outcome-restates-condition", message, alert, hint=hint)


def _clashing(draft: Draft) -> Iterator[Problem]:
    """Yield alerts whose KPI would be taken for another one: grouped, counted and shown as one."""
    first: dict[str, Alert] = {}
    for alert in draft.catalogue.alerts:
        label, kpi = slug(alert.outcome.kpi), alert.outcome.kpi
        known = first.setdefault(label, alert)
        if known.outcome.kpi != kpi:
            message = f"the KPIs '{known.outcome.kpi}' ({known.name}) and '{kpi}' are one, {label}"
            hint = "write both alike, or give them names that differ in more than signs"
            yield draft.problem("outcome-clash", message, alert, hint=hint)


def _restates(alert: Alert) -> bool:
    outcome = _stems(alert.outcome.text)
    return any(
        len(outcome & _stems(text)) > _MOST_SHARED * len(outcome)
        for text in (alert.condition.words, alert.summary)
    )


def _stems(text: str) -> frozenset[str]:
    """Return the words that carry meaning, cut short so that answers and answering are one."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return frozenset(word[:5] for word in words if word not in _SMALL)


CHECK = Check(codes=("outcome-restates-condition", "outcome-clash"), find=find)
