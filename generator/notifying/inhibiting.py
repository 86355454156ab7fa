"""Inhibition in Alertmanager's terms: rules of a source, its targets, and the labels they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sothat.generator.notifying.matching import Matcher, matcher
from sothat.model.alert import Catalogue

_Pair = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """While what matches the source fires, what matches the target is muted for equal labels."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


def inhibition_rules(catalogue: Catalogue) -> tuple[Rule, ...]:
    """Return the rules, those of one source and the same labels as one."""
    pairs = sorted(_needed(catalogue))
    return tuple(
        Rule(
            source=(matcher("alertname", [source]),),
            target=(matcher("alertname", [target for _, _, target in group]),),
            equal=equal,
        )
        for (source, equal), group in groupby(pairs, key=lambda pair: pair[:2])
    )


def _needed(catalogue: Catalogue) -> Iterator[_Pair]:
    """Yield source, labels and target of all inhibitions that no less demanding one contains.

    What is on trial mutes nothing: nobody would hear of the trouble at all.
    """
    on_trial = {alert.name for alert in catalogue.alerts if alert.shadow}
    for alert in catalogue.alerts:
        sources = (i for i in alert.inhibitions if i.by not in on_trial)
        for inhibition in dict.fromkeys((i.by, i.equal) for i in sources):
            by, equal = inhibition
            others = (set(i.equal) for i in alert.inhibitions if i.by == by)
            if not any(other < set(equal) for other in others):
                yield by, equal, alert.name
