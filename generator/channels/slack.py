"""A channel of Slack, or of anything that takes Slack's incoming webhooks."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import RUNBOOK, TITLE, alerts_text
from sothat.model.policy import Channel


def _escaped(pipeline: str) -> str:
    """Return a pipeline whose output cannot call a whole channel, nor make up a link."""
    return (
        f'{pipeline} | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'
    )


_TEXT = alerts_text(bold="*", link="<{url}|{title}>", escape=_escaped)


def _receiver(channel: Channel) -> Mapping[str, Any]:
    config = {
        "channel": channel.settings["to"],
        "api_url_file": channel.settings["secret_file"],
        "title": TITLE,
        "title_link": RUNBOOK,
        "text": _TEXT,
        "fallback": TITLE,
        "color": '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
        "send_resolved": True,
    }
    return {"slack_configs": [config]}


CHANNEL = ChannelType(
    help="A message arrives in a channel of Slack; the secret is the webhook's address.",
    receiver=_receiver,
    properties={
        "to": {
            "type": "string",
            "pattern": "^[#@]?\\S+$",
            "description": 'a channel such as "#platform"',
        },
        "secret_file": {"$ref": "#/$defs/file"},
    },
    required=("to", "secret_file"),
)
