"""Rules whose series vanished: they can never fire again, and nobody would notice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.live.reconciling.presence import Asked
from sothat.live.reconciling.questions import Question, Selector
from sothat.model.metric import Presence
from sothat.model.problem import Problem
from sothat.runtime.prometheus import Prometheus

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DeadRule:
    """A rule that asks for series that are gone.

    Attributes:
        selector: What it asks for.
    """

    kind: str
    name: str
    selector: str


def dead_rules(
    server: Prometheus,
    questions: Sequence[Question],
    asked: Asked,
    there: Mapping[str, int],
    recorded: frozenset[str],
) -> tuple[DeadRule, ...]:
    """Return the rules of which a selector selects nothing now, and did in the past.

    Series that are there only once something has happened are expected to come and go, and a
    recorded series goes with what it is made of, which is told there.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    known: dict[Selector, bool] = {}
    found: list[DeadRule] = []
    for question in questions:
        if question.kind == "panel":
            continue
        for selector in _lasting(question, asked, recorded):
            if selector not in known:
                known[selector] = _vanished(server, selector, asked, there)
            if known[selector]:
                found.append(DeadRule(question.kind, question.name, selector.text))
    return tuple(found)


def _lasting(question: Question, asked: Asked, recorded: frozenset[str]) -> Iterator[Selector]:
    for selector in question.selectors:
        declared = asked.declared.get(selector.metric)
        passing = declared is not None and declared.family.presence is Presence.EVENT
        if selector.metric and not passing and selector.metric not in recorded:
            yield selector


def _vanished(
    server: Prometheus, selector: Selector, asked: Asked, there: Mapping[str, int]
) -> bool:
    if selector.metric in there and server.instant(f"count({selector.text})", asked.at):
        return False
    return bool(server.label_values("__name__", [selector.text], asked.since, asked.at))


def dead_problems(dead: Sequence[DeadRule], days: float) -> Iterator[Problem]:
    """Yield what to say of dead rules."""
    for rule in dead:
        message = (
            f"the {rule.kind} {rule.name} asks for {rule.selector}: there is none of it any more, "
            f"and was within {days:g} days"
        )
        hint = "was a label renamed, a target removed, an exporter updated?"
        yield Problem("rule-series-vanished", message, hint=hint, rule=rule.name)


def days_of(asked: Asked) -> float:
    """Return how far the past goes that counts."""
    return round((asked.at - asked.since) / _DAY, 2)
