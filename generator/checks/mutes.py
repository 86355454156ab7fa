"""Mutes of maintenance windows that match no alert, or are too entangled."""

from collections.abc import Iterator, Mapping

from sothat.generator.checked import Check
from sothat.generator.conventions import WATCHDOG
from sothat.generator.draft import Draft
from sothat.generator.notifying.matching import LabelSet
from sothat.generator.notifying.mutes import MOST, mutings
from sothat.generator.rule_texts import static_labels
from sothat.model.alert import Alert
from sothat.model.problem import Problem

# The labels that an alert can carry beside those with a known value; None: any.
_Labels = tuple[Mapping[str, str], frozenset[str] | None]


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each label set that mutes nothing, and a policy with too many that overlap."""
    document = draft.sources.of_kind("Policy")
    policy = draft.catalogue.policy
    if document is None or not policy.priorities:
        return
    if len(mutings(policy)) > MOST:
        message = f"the label sets overlap in more than {MOST} ways"
        hint = "let windows share label sets, or make them exclude each other"
        yield document.problem("too-many-mutes", message, ("maintenance",), hint=hint)
    if document.file in draft.below:  # it speaks of what is not taken over, too
        return
    alerts = [_labels(draft, a) for a in draft.catalogue.alerts if a.name != WATCHDOG]
    for name, window in policy.maintenance.items():
        for number, labels in enumerate(window.mutes):
            if not any(_may_match(labels, *alert) for alert in alerts):
                path = ("maintenance", name, "mutes", number)
                message = "no alert of the catalogue carries these labels"
                hint = "see the labels of an alert with: sothat explain ALERT"
                yield document.problem("mute-of-nothing", message, path, hint=hint)


def _labels(draft: Draft, alert: Alert) -> _Labels:
    fixed = {"alertname": alert.name, **static_labels(alert, draft.catalogue)}
    return fixed, draft.expression(alert.name).labels


def _may_match(wanted: LabelSet, fixed: Mapping[str, str], possible: frozenset[str] | None) -> bool:
    return all(
        fixed[label] in values if label in fixed else possible is None or label in possible
        for label, values in wanted.items()
    )


CHECK = Check(codes=("mute-of-nothing", "too-many-mutes"), find=find, binding=True)
