"""A channel of Microsoft Teams, by a workflow's webhook."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import TITLE, alerts_text
from sothat.model.policy import Channel

# An adaptive card breaks lines at empty lines only.
_TEXT = alerts_text(bold="**", link="[{title}]({url})", line="\n\n")


def _receiver(channel: Channel) -> Mapping[str, Any]:
    config = {
        "webhook_url_file": channel.settings["secret_file"],
        "title": TITLE,
        "text": _TEXT,
        "send_resolved": True,
    }
    return {"msteamsv2_configs": [config]}


CHANNEL = ChannelType(
    help="A message arrives in a channel of Teams; the secret is the workflow's address.",
    receiver=_receiver,
    properties={"secret_file": {"$ref": "#/$defs/file"}},
    required=("secret_file",),
    since=lambda _: "0.28",
)
