"""What a board is built from: the catalogue's promises and the contracts' units."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from sothat.dashboards import units
from sothat.dashboards.judgement import Bands, bands_of
from sothat.model.alert import Alert, Catalogue
from sothat.model.metric import Series
from sothat.model.policy import Priority
from sothat.model.problem import unusable

_ONLY_LABEL: Final = re.compile(r"\{\{(\w+)\}\}")
_NAME: Final = re.compile(r"[a-zA-Z_]\w*")


@dataclass(frozen=True, slots=True)
class Kit:
    """Looks up what a panel must not state a second time."""

    catalogue: Catalogue
    contracts: Mapping[str, Series]

    def unit(self, name: str) -> str:
        """Return Grafana's unit of a series or of a recording.

        Raises:
            Unusable: No contract and no recording declares it: the panel would stay empty.
        """
        return units.grafana_unit(self._unit(name))

    def rate_unit(self, name: str) -> str:
        """Return Grafana's unit of a counter's rate by second; raises as `unit` does."""
        return units.grafana_rate_unit(self._unit(name))

    def alert(self, name: str) -> Alert | None:
        """Return the alert of this name; a team's catalogue may well leave it out."""
        return next((alert for alert in self.catalogue.alerts if alert.name == name), None)

    def bands(self, *names: str) -> Bands:
        """Return the thresholds of the named alerts, as many as the catalogue has."""
        found = [alert for alert in map(self.alert, names) if alert]
        return bands_of(found)

    def describe(self, text: str, *names: str) -> str:
        """Return a description that ends with the promises behind the panel."""
        found = [alert for alert in map(self.alert, names) if alert]
        return "\n\n".join([text, *map(_promise, found)])

    def names(self, expr: str, legend: str) -> tuple[str, ...]:
        """Return the names that a legend will give, where the contracts declare all of them."""
        label = _ONLY_LABEL.search(legend)
        if not label or legend.count("{{") > 1:
            return ()
        values = self._values(label[1], expr)
        return tuple(legend.replace(label[0], value) for value in values)

    def _values(self, label: str, expr: str) -> tuple[str, ...]:
        """Return what a label may be in an expression; nothing where that is not declared."""
        if label == "priority":
            return tuple(map(str, Priority))
        found = [
            declared.values
            for name in _NAME.findall(expr)
            if name in self.contracts
            for declared in self.contracts[name].family.labels
            if declared.name == label
        ]
        return tuple(dict.fromkeys(chain(*found))) if all(found) else ()

    def address(self, service: str) -> str:
        """Return the address of a service of the stack, without a slash at its end."""
        return self.catalogue.environment.get(f"urls.{service}", "").rstrip("/")

    def _unit(self, name: str) -> str:
        if name in self.contracts:
            return self.contracts[name].family.unit or ""
        for recording in self.catalogue.recordings:
            if recording.record == name:
                return recording.unit
        raise unusable(
            "unknown-series",
            f"a board asks for {name}, which no contract and no recording declares",
            hint="declare it in the contract of its exporter, or take the panel out",
        )


def _promise(alert: Alert) -> str:
    return (
        f"**{alert.name}** ({alert.action.priority}): IF {alert.condition.words} "
        f"DO {alert.action.text} SO THAT {alert.outcome.who} {alert.outcome.text}."
    )
