"""A chat of Telegram."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import TITLE, alerts_text
from sothat.model.policy import Channel

# In this mode Alertmanager escapes what labels and annotations hold.
_MODE = "HTML"
# Without marks of our own, and short: a message cut within a mark would be refused.
_MESSAGE = f"{TITLE}\n\n{alerts_text(most=4)}"


def _receiver(channel: Channel) -> Mapping[str, Any]:
    config = {
        "bot_token_file": channel.settings["secret_file"],
        "chat_id": channel.settings["to"],
        "message": _MESSAGE,
        "parse_mode": _MODE,
        "send_resolved": True,
    }
    return {"telegram_configs": [config]}


CHANNEL = ChannelType(
    help="A message arrives in a chat of Telegram; the secret is the bot's token.",
    receiver=_receiver,
    properties={
        "to": {"type": "integer", "description": "a chat's number such as -1001234567890"},
        "secret_file": {"$ref": "#/$defs/file"},
    },
    required=("to", "secret_file"),
    since=lambda _: "0.26",
)
