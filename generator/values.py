"""Values: what differs from one environment to the next, production's being the defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.generator.layers import Layer
from sothat.generator.schemas import schema_for
from sothat.model.duration import parse_duration
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.runtime import documents
from sothat.runtime.documents import Document, load_document, plain_scalar
from sothat.runtime.schema import validate

# Production's values. Every key here may be set by a file or by --set.
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "scrape_interval": "15s",
        "evaluation_interval": "15s",
        "alertmanager.release": "0.25",
        "urls.incidents": "http://127.0.0.1:9781",
        "urls.prometheus": "http://127.0.0.1:9090",
        "urls.alertmanager": "http://127.0.0.1:9093",
        "urls.grafana": "http://127.0.0.1:3000",
        "kubernetes.rule_labels": "role=alert-rules",
        "kubernetes.board_labels": "grafana_dashboard=1",
        "kubernetes.grafana_labels": "dashboards=grafana",
        "ruler.namespace": "sothat",
        "ruler.partial_response": "abort",
        "target_labels": "",
        "webhook.token_file": "/etc/sothat/secrets/webhook-token",
    }
)


# What values may change of an alert beside its IF.
_OF_ALERT = ("owner", "board")
_OF_ACTION = ("priority",)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the values say of one alert, by key of its ``if`` or ``do`` or its own.

    Attributes:
        layers: One for each file or override that speaks of it; the later wins.
    """

    layers: tuple[Layer, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Values:
    """The resolved values of an environment.

    Attributes:
        settings: Every value by dotted name, as text.
        tunings: Settings of single alerts by the alert's name.
    """

    settings: Mapping[str, str] = field(default_factory=lambda: DEFAULTS)
    tunings: Mapping[str, Tuning] = field(default_factory=lambda: MappingProxyType({}))

    def seconds(self, name: str) -> float:
        """Return a duration of the settings in seconds."""
        return parse_duration(self.settings[name])

    def layers(self, alert: str) -> tuple[Layer, ...]:
        """Return what the environment changes of an alert."""
        return self.tunings[alert].layers if alert in self.tunings else ()

    def limit(self, name: str) -> float | None:
        """Return the upper bound that the environment sets to a duration, if any."""
        text = self.settings.get(f"limits.{name}")
        return None if text is None else parse_duration(text)

    def pairs(self, name: str) -> Mapping[str, str]:
        """Return labels written as ``a=b,c=d``."""
        found = (pair.partition("=") for pair in self.settings[name].split(",") if pair)
        return {key: value for key, _, value in found}

    def names(self, name: str) -> tuple[str, ...]:
        """Return names written as ``a,b``."""
        return tuple(filter(None, self.settings[name].split(",")))

    def url(self, name: str) -> str:
        """Return an address without a trailing slash, empty when none is set."""
        return self.settings.get(f"urls.{name}", "").rstrip("/")


def load_values(file: Path | None, overrides: Sequence[str] = ()) -> Values:
    """Read a values file and ``KEY=VALUE`` overrides; the later wins.

    Raises:
        Unusable: The file or an override is not of the schema.
    """
    found = [load_document(file)] if file else []
    found += [_override(text) for text in overrides]
    problems = [problem for document in found for problem in _shape(document)]
    if problems:
        raise Unusable(problems)
    settings, tunings = dict(DEFAULTS), dict[str, Tuning]()
    for document in found:
        settings.update(_settings(document.data))
        _add_tunings(document, tunings)
    return Values(MappingProxyType(settings), MappingProxyType(tunings))


def _shape(document: Document) -> list[Problem]:
    return validate(document, schema_for("Values"))


def _override(text: str) -> Document:
    """Return ``a.b=value`` as a document of its own, so that it is judged like a file."""
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise unusable(
            "bad-override", f"--set {text}: not KEY=VALUE", hint="such as --set limits.for=2s"
        )
    nested: Any = _text_or_value(value)
    for part in reversed(key.split(".")):
        nested = documents.Mapping([(part, nested)])
    # Line 0 means the override as a whole.
    head = documents.Mapping([("apiVersion", "sothat/v1"), ("kind", "Values"), *nested.items()])
    return Document(f"--set {text}", head, ())


def _text_or_value(value: str) -> Any:
    """Return an override's value: values are text, even an empty one; null clears nothing."""
    return value if not value or plain_scalar(value) is not None else None


def _settings(data: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in data.items():
        if key in ("apiVersion", "kind", "alerts"):
            continue
        if isinstance(value, Mapping):
            flat.update({f"{key}.{inner}": str(text) for inner, text in value.items()})
        else:
            flat[key] = str(value)
    return flat


def _add_tunings(document: Document, tunings: dict[str, Tuning]) -> None:
    for name, settings in document.data.get("alerts", {}).items():
        layer = tuning_of("values", document, name, settings)
        before = tunings[name].layers if name in tunings else ()
        tunings[name] = Tuning((*before, layer), document.position(layer.path, key=True))


def tuning_of(origin: str, document: Document, name: str, settings: Mapping[str, Any]) -> Layer:
    """Return what the ``alerts`` of a document change of an alert."""
    return Layer(origin, document, ("alerts", name), _in_parts(settings), flat=True)


def _in_parts(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an alert's settings where the alert has them: most are parts of its IF."""
    own = {key: settings[key] for key in _OF_ALERT if key in settings}
    action = {key: settings[key] for key in _OF_ACTION if key in settings}
    condition = {k: v for k, v in settings.items() if k not in (*_OF_ALERT, *_OF_ACTION)}
    return {**own, "if": condition, "do": action}
