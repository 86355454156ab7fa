"""The contract of channel types: from a channel's settings to a receiver of Alertmanager."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.model.policy import Channel
from sothat.runtime.plugins import offered

GROUP = "sothat.channels"
# The oldest release of Alertmanager that is supported.
OLDEST = "0.25"


@dataclass(frozen=True, slots=True)
class ChannelType:
    """A type of channels that Alertmanager delivers to.

    Attributes:
        help: Where a message arrives, one sentence.
        receiver: Returns the part of a receiver, such as ``{"slack_configs": […]}``, in the terms
            of Alertmanager's configuration; pure. Keys that end in ``_file`` name secrets.
        properties: JSON schema of the channel's keys that the type adds; it may refer to the
            definitions of the schema of policies.
        required: Those of its keys that must be there.
        rules: Further keywords of the JSON schema.
        since: Returns the release of Alertmanager that first takes such a receiver.
    """

    help: str
    receiver: Callable[[Channel], Mapping[str, Any]]
    properties: Mapping[str, Any]
    required: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    since: Callable[[Channel], str] = lambda _: OLDEST


def installed_channel_types() -> Mapping[str, ChannelType]:
    """Return every installed type by name."""
    return MappingProxyType(dict(offered(GROUP, "CHANNEL", ChannelType)))
