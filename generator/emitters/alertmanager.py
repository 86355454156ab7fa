"""Alertmanager's configuration: everything to the incident service, inhibition as declared.

Alertmanager groups, repeats and mutes; who is called, and when, is the incident service's
business. Every matcher is quoted, so that the UTF-8 strict mode of newer releases reads it like
the classic one.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.conventions import WATCHDOG, WEBHOOK_PATH
from sothat.generator.emitter import Emitter
from sothat.generator.values import Values
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.alert import Catalogue
from sothat.model.artefact import Artefact

_INCIDENTS, _HEARTBEAT = "incident-service", "watchdog"


def receiver_of(alert: str) -> str:
    """Return the receiver to which the alert of a name is routed."""
    return _HEARTBEAT if alert == WATCHDOG else _INCIDENTS


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the configuration."""
    config: dict[str, Any] = {
        "route": _route(checked),
        "receivers": [_incidents(checked.values), _heartbeat(checked.values)],
    }
    inhibitions = _inhibitions(checked.catalogue)
    if inhibitions:
        config["inhibit_rules"] = inhibitions
    yield Artefact("alertmanager/alertmanager.yml", to_yaml(config, HEADER))


def _route(checked: CheckedCatalogue) -> dict[str, Any]:
    settings = checked.values.settings
    times = ("group_wait", "group_interval", "repeat_interval")
    return {
        "receiver": _INCIDENTS,
        "group_by": list(checked.catalogue.policy.grouping),
        **{name: settings[f"alertmanager.{name}"] for name in times},
        "routes": [_heartbeat_route()],
    }


def _heartbeat_route() -> dict[str, Any]:
    """Return the watchdog's route: a beat a minute, for its absence is the alarm."""
    return {
        "receiver": _HEARTBEAT,
        "matchers": [f'alertname="{WATCHDOG}"'],
        "group_by": ["alertname"],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "50s",
    }


def _incidents(values: Values) -> dict[str, Any]:
    webhook = {
        "url": f"{values.url('incidents')}{WEBHOOK_PATH}",
        "send_resolved": True,
        "http_config": {
            # A redirected POST arrives as an empty GET, and its 200 would count as delivered.
            "follow_redirects": False,
            "authorization": {
                "type": "Bearer",
                "credentials_file": values.settings["webhook.token_file"],
            },
        },
    }
    return {"name": _INCIDENTS, "webhook_configs": [webhook]}


def _heartbeat(values: Values) -> dict[str, Any]:
    """Return the receiver of an external dead man's switch; without one the beat ends here."""
    url = values.url("watchdog")
    if not url:
        return {"name": _HEARTBEAT}
    return {"name": _HEARTBEAT, "webhook_configs": [{"url": url, "send_resolved": False}]}


def _inhibitions(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the rules, those of one source and the same labels as one."""
    pairs = sorted(
        (inhibition.by, inhibition.equal, alert.name)
        for alert in catalogue.alerts
        for inhibition in alert.inhibitions
    )
    return [
        {
            "source_matchers": [f'alertname="{source}"'],
            "target_matchers": [_any_of([target for _, _, target in group])],
            "equal": list(equal),
        }
        for (source, equal), group in groupby(pairs, key=lambda pair: pair[:2])
    ]


def _any_of(names: list[str]) -> str:
    operator = "=" if len(names) == 1 else "=~"
    return f'alertname{operator}"{"|".join(names)}"'


EMITTER: Emitter = emit
