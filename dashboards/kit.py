"""What a board is built from: the catalogue's promises and the contracts' units."""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.dashboards import units
from sothat.dashboards.judgement import Bands, bands_of
from sothat.model.alert import Alert, Catalogue
from sothat.model.metric import Series
from sothat.model.problem import unusable


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
