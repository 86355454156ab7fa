"""Labels as people read them. Pure."""

from collections.abc import Mapping

# These say what an alert is and who gets it; what is left says where it is.
_ROUTING = frozenset(
    ("alertname", "priority", "severity", "team", "domain", "kind", "outcome", "job")
)


def where(labels: Mapping[str, str]) -> str:
    """Return the labels that tell an alert from its siblings (``device=…, site=…``)."""
    return ", ".join(f"{k}={v}" for k, v in sorted(labels.items()) if k not in _ROUTING)


def describe(labels: Mapping[str, str]) -> str:
    """Return an alert in words: its name and the labels that tell it from its siblings."""
    rest = where(labels)
    name = labels.get("alertname", "an alert without a name")
    return f"{name} ({rest})" if rest else name
