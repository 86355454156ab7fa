"""Looks at each part of the running loop from outside, as a person with a browser could."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families
from sothat.stack.part import Address
from sothat.stack.scenario import Sign, Victim
from sothat.stack.web import fetch_json, fetch_text

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observer:
    """Asks the parts; every method raises `sothat.stack.web.Refused` while one is down."""

    addresses: Mapping[str, Address]

    def exporter_shows(self, sign: Sign, victim: Victim) -> bool:
        """Return whether the exporter's page shows the sign for the victim."""
        text = fetch_text(self.addresses["exporter"], "/metrics")
        return any(
            sample.name == sign.metric
            and victim.items() <= sample.labels.items()
            and sign.fits(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        )

    def alerts(self, name: str, victim: Victim) -> Sequence[Json]:
        """Return Prometheus' pending and firing alerts of a name that carry the victim's labels."""
        listed = fetch_json(self.addresses["prometheus"], "/api/v1/alerts")["data"]["alerts"]
        wanted = {"alertname": name, **victim}.items()
        return [alert for alert in listed if wanted <= alert["labels"].items()]

    def inhibited(self, names: Iterable[str]) -> Sequence[Json]:
        """Return Alertmanager's alerts of these names that an inhibition mutes."""
        alerts = self._alertmanager(names)
        return [alert for alert in alerts if alert["status"]["inhibitedBy"]]

    def notifying(self, names: Iterable[str]) -> Sequence[Json]:
        """Return Alertmanager's alerts of these names that nothing mutes."""
        alerts = self._alertmanager(names)
        return [alert for alert in alerts if alert["status"]["state"] == "active"]

    def _alertmanager(self, names: Iterable[str]) -> Sequence[Json]:
        listed = fetch_json(self.addresses["alertmanager"], "/api/v2/alerts")
        wanted = set(names)
        return [alert for alert in listed if alert["labels"]["alertname"] in wanted]

    def incidents(self) -> Sequence[Json]:
        """Return all incidents, whatever their state."""
        listed: Sequence[Json] = fetch_json(self.addresses["incidents"], "/api/v1/incidents")[
            "incidents"
        ]
        return listed

    def incident(self, number: Any) -> Json:
        """Return one incident with its timeline."""
        path = f"/api/v1/incidents/{quote(str(number))}"
        found: Json = fetch_json(self.addresses["incidents"], path)
        return found

    def value(self, query: str) -> float:
        """Return the value of a query that gives at most one series; none counts as 0."""
        path = f"/api/v1/query?query={quote(query)}"
        result = fetch_json(self.addresses["prometheus"], path)["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0


def is_about(incident: Json, alert: str) -> bool:
    """Return whether an incident was opened for an alert of this name."""
    return bool(incident["labels"].get("alertname") == alert)


def has_entry(incident: Json, *kinds: str) -> bool:
    """Return whether an incident's timeline has an entry of one of these kinds."""
    return any(entry["kind"] in kinds for entry in incident["timeline"])


def epoch(text: str) -> float:
    """Return an RFC 3339 time, whose fraction may have nine digits, as epoch seconds."""
    return datetime.fromisoformat(text).timestamp()
