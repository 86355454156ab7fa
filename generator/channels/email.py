"""E-mail through an SMTP server."""

from collections.abc import Mapping
from typing import Any

from sothat.generator.notifying.channel import ChannelType
from sothat.generator.notifying.messages import TITLE, alerts_text
from sothat.model.policy import Channel

_TEXT = alerts_text()
_HTML = alerts_text(link='<a href="{url}">{title}</a>', line="<br>\n")


def _receiver(channel: Channel) -> Mapping[str, Any]:
    settings = channel.settings
    to = settings["to"]
    config = {
        "to": to if isinstance(to, str) else ", ".join(to),
        "from": settings["from"],
        "smarthost": settings["smarthost"],
        **({"hello": settings["hello"]} if "hello" in settings else {}),
        **_credentials(settings),
        "require_tls": settings.get("require_tls", True),
        "headers": {"Subject": TITLE},
        "text": _TEXT,
        "html": _HTML,
        "send_resolved": True,
    }
    return {"email_configs": [config]}


def _credentials(settings: Mapping[str, Any]) -> Mapping[str, str]:
    if "username" not in settings:
        return {}
    return {
        "auth_username": settings["username"],
        "auth_password_file": settings["secret_file"],
    }


_ADDRESS = {"$ref": "#/$defs/address"}
CHANNEL = ChannelType(
    help="A message arrives by e-mail, through an SMTP server.",
    receiver=_receiver,
    properties={
        "to": {"anyOf": [_ADDRESS, {"type": "array", "minItems": 1, "items": _ADDRESS}]},
        "from": _ADDRESS,
        "smarthost": {
            "type": "string",
            "pattern": "^[^\\s:]+:[0-9]{1,5}$",
            "description": "a server and its port such as mail.example.org:587",
        },
        "hello": {"$ref": "#/$defs/text"},
        "username": {"$ref": "#/$defs/text"},
        "secret_file": {"$ref": "#/$defs/file"},
        "require_tls": {"type": "boolean"},
    },
    required=("to", "from", "smarthost"),
    rules={"dependentRequired": {"username": ["secret_file"], "secret_file": ["username"]}},
)
