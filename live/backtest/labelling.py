"""The label set of an alert, as Prometheus makes it of a sample's and the rule's labels."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sothat.live.backtest.subject import Labels, Subject
from sothat.model.problem import Problem, Unusable

LabelSet = tuple[tuple[str, str], ...]
_NAME = "__name__"
_ALERT = "alertname"
_OF_LABEL = re.compile(r"\{\{-?\s*(?:\$labels|\.Labels)\.(\w+)\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Labelling:
    """Makes the label sets of one alert.

    Attributes:
        alert: Its name.
        added: What makes the value of each label that the rule adds, of a sample's labels.
    """

    alert: str
    added: Mapping[str, Callable[[Labels], str]]

    def of(self, sample: Labels) -> LabelSet:
        """Return the label set of the alert that a sample makes, sorted by name."""
        found = {name: value for name, value in sample.items() if name != _NAME}
        found.update({name: expand(sample) for name, expand in self.added.items()})
        found[_ALERT] = self.alert
        return tuple(sorted((name, value) for name, value in found.items() if value))


def labelling_of(subject: Subject) -> Labelling:
    """Return what makes the label sets of a rule.

    Raises:
        Unusable: A label hangs on more than the sample's labels, so that its past is not known.
    """
    made = {name: _expander(subject, name, text) for name, text in subject.labels.items()}
    return Labelling(subject.name, made)


def _expander(subject: Subject, name: str, text: str) -> Callable[[Labels], str]:
    if "{{" not in text:
        return lambda _: text
    if "{{" in _OF_LABEL.sub("", text) or "{{-" in text or "-}}" in text:
        message = f"the label {name} is a template of more than the labels: {text}"
        hint = (
            "only {{ $labels.NAME }} can be replayed; a label of $value makes each value an alert"
        )
        where = subject.position
        raise Unusable([Problem("replay-unsound", message, where, hint, rule=subject.name)])
    return lambda sample: _OF_LABEL.sub(lambda found: sample.get(found[1], ""), text)


def without_rule(labels: LabelSet, subject: Subject) -> dict[str, str]:
    """Return the labels that tell one firing of an alert from another, for people."""
    return {k: v for k, v in labels if k != _ALERT and subject.labels.get(k) != v}


def shown(labels: Mapping[str, str]) -> str:
    """Return labels on one line; all there are of a rule without any is ``{}``."""
    return "{" + ", ".join(_pairs(labels)) + "}"


def _pairs(labels: Mapping[str, str]) -> Iterator[str]:
    return (f'{name}="{_one_line(value)}"' for name, value in sorted(labels.items()))


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
