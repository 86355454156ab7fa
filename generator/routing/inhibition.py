"""Which firing alerts mute an alert."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.generator.routing.configuration import Configuration, InhibitRule
from sothat.generator.routing.matcher import Labels, all_match


@dataclass(frozen=True, slots=True)
class Inhibited:
    """A rule by which a firing alert mutes another."""

    rule: InhibitRule
    source: Labels


def inhibitions(
    configuration: Configuration, labels: Labels, firing: Iterable[Labels]
) -> Iterator[Inhibited]:
    """Yield what mutes an alert, given all others that fire.

    A source mutes whether or not it is muted itself.
    """
    sources = tuple(firing)
    for rule in rules_for(configuration, labels):
        for source in sources:
            if mutes(rule, source, labels):
                yield Inhibited(rule, source)


def rules_for(configuration: Configuration, labels: Labels) -> Iterator[InhibitRule]:
    """Yield the rules that can mute an alert."""
    return (rule for rule in configuration.inhibit_rules if all_match(rule.target, labels))


def mutes(rule: InhibitRule, source: Labels, target: Labels) -> bool:
    """Return whether a rule lets one firing alert mute another, which the rule targets.

    A label that an alert lacks has the value "", so one that both lack is equal. Where the target
    matches the source's side as well, sources that match both sides do not count: nothing mutes
    itself.
    """
    if not all_match(rule.source, source):
        return False
    two_sided = all_match(rule.source, target) and all_match(rule.target, source)
    return not two_sided and all(source.get(n, "") == target.get(n, "") for n in rule.equal)
