"""What Twilio's messages and calls have in common: the request, and the signature."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from sothat.incidents.conversation.gestures import Answer, Heard, Refusal
from sothat.incidents.notification import Result, Retry
from sothat.incidents.posting import asked, judged
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_API = "https://api.twilio.com"
_DEFAULT_TIMEOUT = 10.0
_PORTS = {"http": 80, "https": 443}
_NUMBER = {
    "type": "string",
    "pattern": "^\\+[1-9][0-9]{6,14}$",
    "description": "a phone number as +15551234567",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SCHEMA: Mapping[str, Any] = {
    "account_sid": {
        "type": "string",
        "pattern": "^AC[0-9a-zA-Z]{2,64}$",
        "description": "the id of an account, AC and letters and digits",
    },
    "auth_token": SECRET_SCHEMA,
    "from": _NUMBER,
    "to": _NUMBER,
    "api": {"type": "string", "pattern": "^https?://", "description": "an http or https URL"},
    "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
}
REQUIRED = ("account_sid", "auth_token", "from", "to")


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a number to send from, and the number of one person to reach."""

    sid: str
    token: Secret
    sender: str
    recipient: str
    api: str
    timeout: float

    def create(self, what: str, fields: Mapping[str, str]) -> Result:
        """Create a message or a call."""
        url = f"{self.api}/2010-04-01/Accounts/{quote(self.sid)}/{what}.json"
        form = {"To": self.recipient, "From": self.sender, **fields}
        credentials = (self.sid, self.token.reveal())
        response = asked("POST", url, self.timeout, data=form, auth=credentials)
        return response if isinstance(response, Retry) else judged(response, "Twilio")

    def heard(self, heard: Heard) -> Mapping[str, str] | Refusal:
        """Return the fields of a request that Twilio has signed."""
        try:
            pairs = parse_qsl(heard.body.decode(), keep_blank_values=True, max_num_fields=200)
        except ValueError:
            return Refusal(400, "the request's fields cannot be read")
        given = heard.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
        wanted = [signature(self.token, url, pairs) for url in _spellings(heard.url)]
        if not any(hmac.compare_digest(given, one) for one in wanted):
            return Refusal(403, "the request is not signed by Twilio for this URL")
        return dict(pairs)


@dataclass(frozen=True, slots=True)
class Line:
    """What every channel by an account is: a way to one number, and back."""

    account: Account

    converses = True
    updates = False

    @property
    def deadline(self) -> float:
        """Return for how long an answer may trickle in."""
        return 2 * self.account.timeout

    @property
    def identities(self) -> tuple[str, ...]:
        """Return whose number it is."""
        return (f"tel:{self.account.recipient}",)


def account(settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Account:
    """Return the account of a channel's settings."""
    return Account(
        sid=settings["account_sid"],
        token=secret("auth_token"),
        sender=settings["from"],
        recipient=settings["to"],
        api=settings.get("api", _API).rstrip("/"),
        timeout=settings.get("timeout", _DEFAULT_TIMEOUT),
    )


def signature(token: Secret, url: str, pairs: list[tuple[str, str]]) -> bytes:
    """Return Twilio's signature: HMAC-SHA1 over the URL and the fields by name, in Base64."""
    said = url + "".join(name + value for name, value in sorted(set(pairs)))
    key = token.reveal().encode()
    return base64.b64encode(hmac.new(key, said.encode("utf-8", "replace"), hashlib.sha1).digest())


def _spellings(url: str) -> Iterator[str]:
    """Yield a URL with and without the port that its scheme has anyway: Twilio signs either."""
    yield url
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme)
    host = parts.netloc.removesuffix(f":{port}")
    yield urlunsplit(parts._replace(netloc=host))
    if parts.port in (None, port):
        yield urlunsplit(parts._replace(netloc=f"{host}:{port}"))


def spoken(text: str) -> str:
    """Return a text as it may stand in TwiML."""
    return escape(_NOT_IN_XML.sub(" ", text), {'"': "&quot;"})


def twiml(content: str) -> Answer:
    """Return an answer in Twilio's markup."""
    return Answer(f'<?xml version="1.0"?><Response>{content}</Response>', "text/xml")
