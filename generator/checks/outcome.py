"""A SO THAT that only says the condition again, instead of whom it helps to what."""

import re
from collections.abc import Iterator

from sothat.generator.checked import Check
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
    """Yield alerts whose outcome shares most of its words with the condition or summary."""
    for alert in draft.catalogue.alerts:
        if _restates(alert):
            message = f"the SO THAT restates the condition: '{alert.outcome.text}'"
            hint = "say what the customer can go on doing, not that the number is right again"
            yield draft.problem("outcome-restates-condition", message, alert, hint=hint)


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


CHECK = Check(codes=("outcome-restates-condition",), find=find)
