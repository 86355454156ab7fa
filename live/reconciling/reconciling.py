"""All that can be said of a catalogue on a server that runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.live.reconciling.costs import Price, price_problems, prices
from sothat.live.reconciling.dead import DeadRule, days_of, dead_problems, dead_rules
from sothat.live.reconciling.presence import (
    Asked,
    counts_of,
    label_problems,
    lacking_targets,
    missing,
)
from sothat.live.reconciling.questions import by_metric, questions_of
from sothat.live.state import State, rules_of
from sothat.model.metric import Series
from sothat.model.problem import Problem
from sothat.runtime.prometheus import Prometheus


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found.

    Attributes:
        series: How many series each metric has that rules or panels ask for.
        prices: The dearest first.
        dead: Rules whose series vanished.
    """

    problems: tuple[Problem, ...]
    series: Mapping[str, int]
    prices: tuple[Price, ...]
    dead: tuple[DeadRule, ...]


def reconcile(
    server: Prometheus, state: State, declared: Mapping[str, Series], at: float, past: float
) -> Reconciled:
    """Hold contracts, rules and panels against a server, which is only asked.

    Args:
        server: The Prometheus.
        state: Whose rules and boards.
        declared: What contracts say of each series.
        at: The moment that is looked at, in seconds since the epoch.
        past: Seconds before it in which series count as having been there.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    questions = tuple(questions_of(state))
    asked = Asked(by_metric(questions), declared, at, at - past)
    recorded = frozenset(rule.name for rule in rules_of(state.groups or ()) if not rule.alert)
    there = counts_of(server, tuple(asked.users), at)
    ever = frozenset(server.label_values("__name__", (), asked.since, at))
    dead = dead_rules(server, questions, asked, there, recorded)
    costs = prices(server, questions, at)
    problems = (
        *missing(asked, there, ever),
        *label_problems(server, asked, there),
        *lacking_targets(server, asked, there),
        *dead_problems(dead, days_of(asked)),
        *price_problems(costs),
    )
    return Reconciled(problems, there, costs, dead)
