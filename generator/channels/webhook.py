"""Anything that takes Alertmanager's own webhook: Opsgenie's successors, bridges, scripts."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import OLDEST, ChannelType
from sothat.model.policy import Channel


def _receiver(channel: Channel) -> Mapping[str, Any]:
    settings = channel.settings
    address = {"url": settings["to"]} if "to" in settings else {"url_file": settings["url_file"]}
    # A redirected POST arrives as an empty GET, and its 200 would count as delivered.
    http: dict[str, Any] = {"follow_redirects": False}
    if "secret_file" in settings:
        http["authorization"] = {"type": "Bearer", "credentials_file": settings["secret_file"]}
    return {"webhook_configs": [{**address, "send_resolved": True, "http_config": http}]}


CHANNEL = ChannelType(
    help="Alertmanager's own message arrives at an address, with a bearer token where one is set.",
    receiver=_receiver,
    properties={
        "to": {
            "type": "string",
            "pattern": "^https?://[^\\s/]+[^\\s]*$",
            "description": "an address such as https://alerts.example.org/hook",
        },
        "url_file": {"$ref": "#/$defs/file"},
        "secret_file": {"$ref": "#/$defs/file"},
    },
    rules={"oneOf": [{"required": ["to"]}, {"required": ["url_file"]}]},
    since=lambda channel: "0.26" if "url_file" in channel.settings else OLDEST,
)
