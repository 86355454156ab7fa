"""``channels``: what the policy's channels are bound to."""

from collections.abc import Iterable, Mapping
from typing import Any

from sothat.incidents.channels import channel_schema, open_channels, unbound
from sothat.incidents.notification import Channel, Notifier
from sothat.incidents.settings.section import Section, Source
from sothat.model.problem import Problem


def section(known: Mapping[str, Notifier]) -> Section[Mapping[str, Channel]]:
    """Return the section for some types of channels."""

    def read(source: Source) -> Mapping[str, Channel]:
        return open_channels(source.document, known, source.environment, source.folder)

    schema = {"type": "object", "additionalProperties": channel_schema(known)}
    return Section("channels", "channels", schema, read, required=True, check=_check)


def _check(source: Source, read: Mapping[str, Any]) -> Iterable[Problem]:
    policy = read.get("policy")
    return unbound(source.document, policy) if policy else ()
