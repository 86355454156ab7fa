"""The rules that a running Prometheus, Mimir or Thanos ruler has loaded."""

from collections.abc import Iterable

from sothat.live.state import Group, Rule
from sothat.runtime.prometheus import Prometheus
from sothat.runtime.prometheus_answers import Rule as Loaded
from sothat.runtime.prometheus_answers import RuleGroup


def loaded_groups(server: Prometheus) -> tuple[Group, ...]:
    """Return what a server evaluates.

    Raises:
        PrometheusFailed: It does not tell.
    """
    return groups_from(server.rules())


def groups_from(loaded: Iterable[RuleGroup]) -> tuple[Group, ...]:
    """Return groups without what the server counts and measures."""
    return tuple(
        Group(
            group.name,
            group.interval or None,
            tuple(_rule(rule, group.name) for rule in group.rules),
            group.file,
        )
        for group in loaded
    )


def _rule(rule: Loaded, group: str) -> Rule:
    return Rule(
        name=rule.name,
        alert=rule.kind == "alerting",
        expr=rule.query,
        hold=rule.duration,
        keep=rule.keep_firing_for,
        labels=rule.labels,
        annotations=rule.annotations,
        group=group,
    )
