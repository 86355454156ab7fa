"""Devices that Pushover reaches."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import RUNBOOK, TITLE, alerts_text
from sothat.model.policy import Channel


def _receiver(channel: Channel) -> Mapping[str, Any]:
    config = {
        "user_key_file": channel.settings["user_file"],
        "token_file": channel.settings["secret_file"],
        "title": TITLE,
        "message": alerts_text(),
        "url": RUNBOOK,
        "send_resolved": True,
    }
    return {"pushover_configs": [config]}


CHANNEL = ChannelType(
    help="A message arrives on devices; secrets are the user's key and the application's token.",
    receiver=_receiver,
    properties={
        "user_file": {"$ref": "#/$defs/file"},
        "secret_file": {"$ref": "#/$defs/file"},
    },
    required=("user_file", "secret_file"),
    since=lambda _: "0.26",
)
