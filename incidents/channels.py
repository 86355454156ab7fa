"""The channels of a configuration: each bound to a notifier's type."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.incidents.notification import GROUP, Channel, Notifier
from sothat.incidents.policy import channel_names
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document
from sothat.runtime.plugins import kept, offered
from sothat.runtime.secrets import Secret, resolve_secret

# The type of a channel that is whoever is on call.
DUTY = "duty"
# Libraries that write URLs and addresses into their logs, keys and all.
_TALKATIVE = ("apprise", "mail.log", "oauthlib", "requests_oauthlib", "urllib3")


def quieten() -> None:
    """Let no library write what a channel keeps secret into the log."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def notifiers() -> Mapping[str, Notifier]:
    """Return the installed types of channels."""
    return dict(offered(GROUP, "NOTIFIER", Notifier))


def contact_schema(known: Mapping[str, Notifier]) -> Mapping[str, Any]:
    """Return the JSON Schema of one contact: its type, and the settings of that type."""
    return _schema(known, {})


def channel_schema(known: Mapping[str, Notifier]) -> Mapping[str, Any]:
    """Return the JSON Schema of one channel: as a contact, or whoever is on call."""
    names = {"type": "array", "items": {"type": "string", "minLength": 1}}
    return _schema({**known, DUTY: None}, {"fallback": names})


def _schema(known: Mapping[str, Notifier | None], further: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(known)}},
        "allOf": [_of_type(name, notifier, further) for name, notifier in sorted(known.items())],
    }


def _of_type(name: str, notifier: Notifier | None, further: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {
            "additionalProperties": False,
            "required": list(notifier.required if notifier else ()),
            "properties": {"type": {}, **(notifier.schema if notifier else {}), **further},
        },
    }


@dataclass(frozen=True, slots=True)
class Bound:
    """What the channels of a configuration are bound to.

    Attributes:
        opened: Those that send, by name.
        duty: Those that stand for whoever is on call.
        fallbacks: What stands in for one that fails, in order.
    """

    opened: Mapping[str, Channel]
    duty: tuple[str, ...] = ()
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def open_channels(
    document: Document,
    known: Mapping[str, Notifier],
    environment: Mapping[str, str],
    folder: Path,
) -> Bound:
    """Return the channels of a checked configuration.

    Raises:
        Unusable: Secrets are missing, or names lead nowhere; one problem each.
    """
    nodes = document.data["channels"]
    duty = tuple(name for name, settings in nodes.items() if settings["type"] == DUTY)
    paths = {name: ("channels", name) for name in nodes if name not in duty}
    problems = [
        _unknown(document, ("channels", name, "fallback", number), other, tuple(paths))
        for name, settings in nodes.items()
        for number, other in enumerate(settings.get("fallback", ()))
        if other not in paths
    ]
    opened = open_at(document, paths, known, environment, folder, problems)
    fallbacks = {
        name: tuple(node["fallback"]) for name, node in nodes.items() if "fallback" in node
    }
    return Bound(opened, duty, MappingProxyType(fallbacks))


def open_at(
    document: Document,
    paths: Mapping[str, Sequence[str | int]],
    known: Mapping[str, Notifier],
    environment: Mapping[str, str],
    folder: Path,
    problems: Sequence[Problem] = (),
) -> Mapping[str, Channel]:
    """Return the channels at some paths of a document, by name.

    Raises:
        Unusable: Secrets are missing or useless; one problem each, after those given.
    """
    quieten()
    opened: dict[str, Channel] = {}
    found = list(problems)
    for name, path in paths.items():
        node = document.data
        for part in path:
            node = node[part]

        def secret(key: str, path: Sequence[str | int] = path) -> Secret:
            return resolve_secret(document, [*path, key], environment, folder)

        try:
            channel = known[node["type"]].open(node, secret)
            opened[name] = kept(channel, Channel, f"what the notifier '{node['type']}' opens")
        except Unusable as error:
            found += [_placed(document, problem, path) for problem in error.problems]
    if found:
        raise Unusable(found)
    return opened


def _placed(document: Document, problem: Problem, path: Sequence[str | int]) -> Problem:
    """Return a problem with its place, which a notifier does not know."""
    if problem.position is not None:
        return problem
    return document.problem(problem.code, problem.message, path, hint=problem.hint)


def _unknown(
    document: Document, path: Sequence[str | int], name: str, known: Sequence[str]
) -> Problem:
    hint = did_you_mean(name, known, otherwise="add it to 'channels'")
    message = f"'{name}' is no channel that sends"
    return document.problem("unknown-reference", message, path, hint=hint)


def unknown_channels(
    document: Document, key: str, names: Sequence[str], known: Sequence[str]
) -> list[Problem]:
    """Return a problem for each name of a list of the configuration that is no channel."""
    return [
        _unknown(document, (key, number), name, known)
        for number, name in enumerate(names)
        if name not in known
    ]


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
