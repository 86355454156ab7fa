"""The routing that a running Alertmanager has loaded."""

import re

from sothat.live.reading.compiled import routing_of
from sothat.live.reading.http import Api, ServerFailed
from sothat.live.state import Routing

_METRIC = re.compile(
    r"^alertmanager_config_(?P<name>\w+)(?:\{[^}]*\})? (?P<value>\S+)$", re.MULTILINE
)


def loaded_routing(api: Api) -> Routing:
    """Return what an Alertmanager runs: defaults filled in, secrets hidden.

    Raises:
        Unusable: It does not tell.
    """
    status = api.get("/api/v2/status")
    try:
        text = str(status["config"]["original"])
    except (KeyError, TypeError) as error:
        raise api.odd("it shows no configuration") from error
    return routing_of(text, f"{api.url} (loaded)", loaded_hash(api))


def loaded_hash(api: Api) -> float | None:
    """Return the hash of the text that is loaded; None where a proxy hides the metrics."""
    return _metrics(api).get("hash")


def last_reload_failed(api: Api) -> bool:
    """Return whether an Alertmanager has refused the file that it was to load last."""
    return _metrics(api).get("last_reload_successful") == 0


def _metrics(api: Api) -> dict[str, float]:
    try:
        text = api.text("/metrics")
        return {match["name"]: float(match["value"]) for match in _METRIC.finditer(text)}
    except (ServerFailed, ValueError):
        return {}
