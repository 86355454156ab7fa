"""All that ``sothat route`` tells: the path by Alertmanager, the duty by policy, the links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path as File
from types import MappingProxyType

from sothat.commands._duty import Duty, duty_of
from sothat.generator.alert_route import (
    Firing,
    alert_named,
    path_of,
    possible_sources,
    routing_of,
)
from sothat.generator.checked import installed_checks
from sothat.generator.compile import Inputs, sound_draft
from sothat.generator.draft import Draft
from sothat.generator.explanation import explain
from sothat.generator.routing.explaining import Path, explain_path
from sothat.generator.routing.reading import load_configuration
from sothat.model.problem import Problem

_LINKS = ("runbook_url", "dashboard_url")


@dataclass(frozen=True, slots=True)
class Routed:
    """The answer.

    Attributes:
        warnings: What about the question does not fit the alert.
        sources: The alerts of the catalogue that an inhibition's source means, by its text.
        links: ``runbook_url`` and ``dashboard_url``, as far as the alert has them.
    """

    path: Path
    warnings: Sequence[Problem] = ()
    duty: Duty | None = None
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def verdict(self) -> str:
        """Return in a sentence who is notified, or why nobody is."""
        if self.path.inhibited:
            by = sorted({s["alertname"] for i in self.path.inhibitors for s in i.firing})
            return f"nobody is notified: inhibited by {', '.join(by)}"
        told = [each.receiver for each in self.path.deliveries if not each.reason]
        if told:
            return f"notified: {', '.join(dict.fromkeys(told))}"
        reasons = (f"{each.receiver} is {each.reason}" for each in self.path.deliveries)
        return f"nobody is notified: {'; '.join(dict.fromkeys(reasons))}"


def routed_by_file(
    file: File, firing: Firing, at: datetime, others: Sequence[Firing] = ()
) -> Routed:
    """Return the path of any alert by somebody's configuration.

    Raises:
        Unusable: The file cannot be read, or Alertmanager would refuse its routing.
    """
    name = {"alertname": firing.name}
    labels = name | dict(firing.labels) | name
    further = [{**each.labels, "alertname": each.name} for each in others]
    return Routed(explain_path(load_configuration(file), labels, at, further))


def routed_by_catalogue(
    inputs: Inputs,
    firing: Firing,
    at: datetime,
    others: Sequence[Firing] = (),
    contract: str = "",
) -> Routed:
    """Return the path of an alert of a catalogue, and who answers for it.

    Raises:
        Unusable: Nothing can be worked out from the catalogue, or it has no such alert.
    """
    draft = sound_draft(inputs, installed_checks())
    path, warnings = path_of(draft, firing, at, others)
    found = explain(draft, firing.name).annotations
    return Routed(
        path=path,
        warnings=warnings,
        duty=_duty(draft, firing.name, at, contract),
        sources=possible_sources(draft, routing_of(draft)),
        links={name: found[name] for name in _LINKS if found.get(name)},
    )


def _duty(draft: Draft, name: str, at: datetime, contract: str) -> Duty:
    alert = alert_named(draft, name)
    action = alert.action
    return duty_of(
        draft.catalogue.policy,
        alert.owner,
        action.priority,
        at,
        escalation=action.escalation,
        contract=contract,
    )
