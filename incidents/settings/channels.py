"""``channels``: what the policy's channels are bound to; ``last_resort``: who is told at last."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sothat.incidents.channels import (
    Bound,
    channel_schema,
    open_channels,
    unbound,
    unknown_channels,
)
from sothat.incidents.notification import Notifier
from sothat.incidents.settings.section import Section, Source
from sothat.model.problem import Problem

_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}}


def section(known: Mapping[str, Notifier]) -> Section[Bound]:
    """Return the section for some types of channels."""

    def read(source: Source) -> Bound:
        return open_channels(source.document, known, source.environment, source.folder)

    schema = {"type": "object", "additionalProperties": channel_schema(known)}
    return Section("channels", "channels", schema, read, required=True, check=_check)


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    policy, bound = read.get("policy"), read.get("channels")
    if policy:
        yield from unbound(source.document, policy)
    if bound and "people" not in source.document.data:
        for name in bound.duty:
            message = f"the channel '{name}' is whoever is on call, and nobody is known"
            hint = "add 'people: people.yaml', a file of kind People"
            path = ["channels", name, "type"]
            yield source.document.problem("missing-key", message, path, hint=hint)


def _last_resort(source: Source) -> tuple[str, ...]:
    return tuple(source.node("last_resort", ()))


def _check_last(source: Source, read: Mapping[str, Any]) -> Iterable[Problem]:
    names, bound = read.get("last_resort"), read.get("channels")
    if not names or bound is None:
        return ()
    return unknown_channels(source.document, "last_resort", names, tuple(bound.opened))


LAST_RESORT = Section("last_resort", "last_resort", _NAMES, _last_resort, check=_check_last)
