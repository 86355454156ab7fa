"""``sources``: who else sends alerts, under a name of its own, and how each proves who it is."""

from collections.abc import Mapping
from typing import Any

from sothat.incidents.intake import SOURCE
from sothat.incidents.settings.section import Section
from sothat.incidents.settings.section import Source as Given
from sothat.incidents.sources import alertmanager, grafana
from sothat.incidents.sources.proofs import basic, bearer, certificate, signature
from sothat.incidents.sources.source import Parse, Proof, Source
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.secrets import SECRET_SCHEMA

_TYPES: Mapping[str, Parse] = {"alertmanager": alertmanager.PARSE, "grafana": grafana.PARSE}
# What Grafana calls them where nobody has said otherwise; for the time it has no name.
_SIGNATURE, _TOLERANCE = "X-Grafana-Alerting-Signature", "5m"
_TEXT = {"type": "string", "minLength": 1}
_HEADER = {"type": "string", "pattern": "^[A-Za-z0-9-]+$", "description": "the name of a header"}
_PROOFS: Mapping[str, Any] = {
    "token": SECRET_SCHEMA,
    "basic": {
        "type": "object",
        "additionalProperties": False,
        "required": ["user", "password"],
        "properties": {"user": {**_TEXT, "pattern": "^[^:]+$"}, "password": SECRET_SCHEMA},
    },
    "signature": {
        "type": "object",
        "additionalProperties": False,
        "required": ["secret"],
        "properties": {
            "secret": SECRET_SCHEMA,
            "header": _HEADER,
            "time_header": _HEADER,
            "tolerance": {"type": "string"},
        },
    },
    "certificate": {"type": "array", "minItems": 1, "items": _TEXT},
}
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]{0,49}$"},
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {"type": {"enum": sorted(_TYPES)}, **_PROOFS},
    },
}


def _read(given: Given) -> Mapping[str, Source]:
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for name, node in given.node("sources", {}).items():
        try:
            found[name] = _source(given, name, node)
        except Unusable as error:
            problems += error.problems
    if problems:
        raise Unusable(problems)
    return found


def _source(given: Given, name: str, node: Mapping[str, Any]) -> Source:
    if name == SOURCE:
        message = f"the source '{SOURCE}' is what the section 'webhook' describes"
        raise Unusable([given.document.problem("bad-value", message, ["sources", name], key=True)])
    if not any(proof in node for proof in _PROOFS):
        message = f"the source '{name}' proves nothing: anybody could send alerts in its name"
        hint = f"give it one of {', '.join(_PROOFS)}"
        problem = given.document.problem("open-source", message, ["sources", name], hint=hint)
        raise Unusable([problem])
    challenge = 'Basic realm="alerts"' if "basic" in node else "Bearer"
    return Source(
        name, _TYPES[node["type"]], _early(given, name, node), _late(given, name, node), challenge
    )


def _early(given: Given, name: str, node: Mapping[str, Any]) -> tuple[Proof, ...]:
    proofs: list[Proof] = []
    if "token" in node:
        proofs.append(bearer(given.secret("sources", name, "token")))
    if "basic" in node:
        password = given.secret("sources", name, "basic", "password")
        proofs.append(basic(node["basic"]["user"], password))
    if "certificate" in node:
        proofs.append(certificate(tuple(node["certificate"])))
    return tuple(proofs)


def _late(given: Given, name: str, node: Mapping[str, Any]) -> tuple[Proof, ...]:
    how = node.get("signature")
    if how is None:
        return ()
    secret = given.secret("sources", name, "signature", "secret")
    tolerance = _tolerance(given, name, how.get("tolerance", _TOLERANCE))
    header, time_header = how.get("header", _SIGNATURE), how.get("time_header", "")
    return (signature(secret, header, time_header, tolerance),)


def _tolerance(given: Given, name: str, text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        where = ["sources", name, "signature", "tolerance"]
        raise Unusable([given.document.problem("bad-duration", str(error), where)]) from error


SECTION = Section("sources", "sources", _SCHEMA, _read)
