"""``conversation``: what people may say back, and how they prove that it is them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sothat.incidents.conversation.links import Links
from sothat.incidents.settings.section import Section, Source
from sothat.model.problem import Unusable
from sothat.runtime.secrets import SECRET_SCHEMA, Secret
from sothat.runtime.serving import Address, parse_address

_VALID = "24h"
# A key that can be guessed lets anybody who guesses it acknowledge anything.
_SHORTEST_KEY = 16
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": SECRET_SCHEMA,
        "links_valid": {"type": "string"},
        "mail": {
            "type": "object",
            "additionalProperties": False,
            "required": ["listen", "address"],
            "properties": {
                "listen": {"type": "string", "minLength": 1},
                "protocol": {"enum": ["lmtp", "smtp"]},
                "address": {
                    "type": "string",
                    # The part before the @ has room for 64 characters, most of them the token's.
                    "pattern": "^[A-Za-z0-9._-]{1,16}@[A-Za-z0-9.-]+$",
                    "description": "an e-mail address with at most 16 characters before the @",
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class MailInSettings:
    """Where replies by mail are taken in.

    Attributes:
        address: Theirs, without the token that each carries.
        lmtp: Whether the mail server speaks LMTP; else SMTP.
    """

    listen: Address
    address: str
    lmtp: bool = True


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """How messages can be answered."""

    links: Links
    mail: MailInSettings | None = None


def _read(source: Source) -> ConversationSettings | None:
    node = source.node("conversation")
    if node is None:
        return None
    key = source.secret("conversation", "key")
    _want_strong(source, key)
    valid = source.duration("conversation", "links_valid", default=_VALID)
    mail = node.get("mail")
    links = Links(key, valid, mail["address"] if mail else "")
    return ConversationSettings(links, _mail(source, mail) if mail else None)


def _mail(source: Source, node: Mapping[str, Any]) -> MailInSettings:
    where = source.document.position(["conversation", "mail", "listen"])
    listen = parse_address(node["listen"], where)
    return MailInSettings(listen, node["address"], node.get("protocol", "lmtp") == "lmtp")


def _want_strong(source: Source, key: Secret) -> None:
    if len(key.reveal()) >= _SHORTEST_KEY:
        return
    message = f"the key has fewer than {_SHORTEST_KEY} characters: it could be guessed"
    hint = "make one with 'openssl rand -hex 32'"
    where = ["conversation", "key"]
    raise Unusable([source.document.problem("weak-key", message, where, hint=hint)])


SECTION = Section("conversation", "conversation", _SCHEMA, _read)
