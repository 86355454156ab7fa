"""Everything that Alertmanager is told, before it is written in one notation or another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.conventions import WEBHOOK_PATH
from sothat.generator.notifying.channel import ChannelType, installed_channel_types
from sothat.generator.notifying.hours import used_recurrences
from sothat.generator.notifying.inhibiting import Rule, inhibition_rules
from sothat.generator.notifying.recurrence import Recurrence
from sothat.generator.notifying.routes import (
    HEARTBEAT,
    INCIDENTS,
    NOBODY,
    Route,
    direct_channels,
    receiver_name,
    routing_tree,
)
from sothat.generator.values import Values
from sothat.model.alert import Catalogue
from sothat.model.policy import Channel, Policy, Priority

Receiver = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Routing as data.

    Attributes:
        route: The root of the tree.
        receivers: Each with its ``name``, in the terms of Alertmanager's configuration.
        recurrences: What the tree refers to, by unique names.
    """

    route: Route
    receivers: tuple[Receiver, ...]
    rules: tuple[Rule, ...]
    recurrences: tuple[Recurrence, ...]


def plan_of(catalogue: Catalogue, values: Values) -> Plan:
    """Return the routing of a catalogue whose policy is sound."""
    policy = catalogue.policy
    types = installed_channel_types()
    channels = (_of_channel(channel, types) for channel in used_channels(policy))
    on_trial = any(alert.shadow for alert in catalogue.alerts)
    nobody = ({"name": NOBODY},) if on_trial else ()
    return Plan(
        route=routing_tree(policy, values, on_trial=on_trial),
        receivers=(_incidents(values), _heartbeat(values), *nobody, *channels),
        rules=inhibition_rules(catalogue),
        recurrences=tuple(used_recurrences(policy)),
    )


def used_channels(policy: Policy) -> tuple[Channel, ...]:
    """Return the channels that Alertmanager delivers to and some team has, sorted by name."""
    found = {
        channel.name: channel
        for team in policy.teams.values()
        for priority in Priority
        for channel in direct_channels(team, priority, policy)
    }
    return tuple(found[name] for name in sorted(found))


def _of_channel(channel: Channel, types: Mapping[str, ChannelType]) -> Receiver:
    return {"name": receiver_name(channel.name), **types[channel.type].receiver(channel)}


def _incidents(values: Values) -> Receiver:
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
    return {"name": INCIDENTS, "webhook_configs": [webhook]}


def _heartbeat(values: Values) -> Receiver:
    """Return the receiver of an external dead man's switch; without one the beat ends here."""
    url = values.url("watchdog")
    if not url:
        return {"name": HEARTBEAT}
    return {"name": HEARTBEAT, "webhook_configs": [{"url": url, "send_resolved": False}]}
