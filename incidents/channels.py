"""The channels of a configuration: each bound to a notifier's type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sothat.incidents.notification import GROUP, Channel, Notifier
from sothat.incidents.policy import channel_names
from sothat.model.policy import Policy
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document
from sothat.runtime.plugins import load_extensions
from sothat.runtime.secrets import Secret, resolve_secret


def notifiers() -> Mapping[str, Notifier]:
    """Return the installed types of channels."""
    return {name: module.NOTIFIER for name, module in load_extensions(GROUP).items()}


def channel_schema(known: Mapping[str, Notifier]) -> Mapping[str, Any]:
    """Return the JSON Schema of one channel: its type, and the settings of that type."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(known)}},
        "allOf": [_of_type(name, notifier) for name, notifier in sorted(known.items())],
    }


def _of_type(name: str, notifier: Notifier) -> Mapping[str, Any]:
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {
            "additionalProperties": False,
            "required": list(notifier.required),
            "properties": {"type": {}, **notifier.schema},
        },
    }


def open_channels(
    document: Document,
    known: Mapping[str, Notifier],
    environment: Mapping[str, str],
    folder: Path,
) -> Mapping[str, Channel]:
    """Return the channels of a checked configuration, by name.

    Raises:
        Unusable: Secrets are missing; one problem each.
    """
    opened: dict[str, Channel] = {}
    problems: list[Problem] = []
    for name, settings in document.data["channels"].items():

        def secret(key: str, name: str = name) -> Secret:
            return resolve_secret(document, ["channels", name, key], environment, folder)

        try:
            opened[name] = known[settings["type"]].open(settings, secret)
        except Unusable as error:
            problems += error.problems
    if problems:
        raise Unusable(problems)
    return opened


def unbound(document: Document, policy: Policy) -> list[Problem]:
    """Return a problem for each channel of the policy that the configuration does not bind."""
    bound = document.data["channels"]
    return [
        document.problem(
            "unbound-channel",
            f"the policy's channel '{name}' is bound to nothing",
            ["channels"],
            hint=f"add '{name}: {{type: …}}' here",
        )
        for name in channel_names(policy)
        if name not in bound
    ]
