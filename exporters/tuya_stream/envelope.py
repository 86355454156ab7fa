"""The stream's messages: where they come from, how one is opened. Pure.

The forms are those of Tuya's documentation of its Pulsar consumer over WebSocket and of its SDKs
for it: a JSON frame with a base64 payload; in that, JSON again with the encrypted data.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sothat.runtime.secrets import Secret

_NONCE, _TAG = 12, 16
_BLOCK = 16
_MAX_POINTS = 256


class Unopened(Exception):  # noqa: N818 – it is named for what the message is
    """A message that could not be opened.

    Attributes:
        reason: ``frame``, ``payload`` or ``key``: the last is a wrong secret, mostly.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Event:
    """What a device has told the cloud.

    Attributes:
        device: Its id.
        kind: ``status`` for data points, else the cloud's word, such as ``online``.
        at: When, in seconds since the epoch.
        points: Values of data points by code.
    """

    device: str
    kind: str
    at: float
    points: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as the stream has it.

    Attributes:
        id: What is confirmed.
        payload: As it came.
        model: How it is encrypted: ``aes_gcm``, or empty for the older form.
        redelivered: Whether it was sent before.
    """

    id: str
    payload: str
    model: str
    redelivered: bool


def address(base: str, access_id: str, environment: str) -> str:
    """Return the consumer's address: of the subscription that each project has."""
    path = f"ws/v2/consumer/persistent/{access_id}/out/{environment}/{access_id}-sub"
    query = urlencode({"ackTimeoutMillis": 30_000, "subscriptionType": "Failover"})
    return f"{base}{path}?{query}"


def login(access_id: Secret, secret: Secret) -> Mapping[str, str]:
    """Return the headers that let in."""
    inner = hashlib.md5(secret.reveal().encode(), usedforsecurity=False).hexdigest()
    both = f"{access_id.reveal()}{inner}".encode()
    word = hashlib.md5(both, usedforsecurity=False).hexdigest()[8:24]
    return {"username": access_id.reveal(), "password": word}


def frame(text: str | bytes) -> Frame:
    """Return what a frame of the stream says.

    Raises:
        Unopened: It is of no known form.
    """
    found = _object(text, "frame")
    name, payload = found.get("messageId"), found.get("payload")
    if not isinstance(name, str) or not isinstance(payload, str):
        raise Unopened("frame")
    properties = found.get("properties")
    model = properties.get("em", "") if isinstance(properties, dict) else ""
    count = found.get("redeliveryCount")
    again = isinstance(count, int) and count > 0
    return Frame(name, payload, model if isinstance(model, str) else "", again)


def acknowledgement(one: Frame) -> str:
    """Return what confirms a message: it is not sent again."""
    return json.dumps({"messageId": one.id})


def opened(one: Frame, secret: Secret) -> Event:
    """Return what a message says.

    Raises:
        Unopened: It is of no known form, or for another secret.
    """
    outer = _object(_base64(one.payload, "payload"), "payload")
    data = outer.get("data")
    if not isinstance(data, str):
        raise Unopened("payload")
    raw = _base64(data, "payload")
    text = _decrypted(raw, secret.reveal()[8:24].encode(), one.model)
    return _event(_object(text, "key"), outer)


def _decrypted(raw: bytes, key: bytes, model: str) -> bytes:
    try:
        if model == "aes_gcm":
            return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], None)
        return _unpadded(_ecb(raw, key))
    except (InvalidTag, ValueError):
        raise Unopened("key") from None


def _ecb(raw: bytes, key: bytes) -> bytes:
    # Tuya's older form has no other mode; it protects within TLS only.
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 – see above
    return decryptor.update(raw) + decryptor.finalize()


def _unpadded(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not 0 < count <= _BLOCK or data[-count:] != bytes([count]) * count:
        raise ValueError("padding")
    return data[:-count]


def _event(found: Mapping[str, Any], outer: Mapping[str, Any]) -> Event:
    """Return the event of any of the three forms of content that there are."""
    inner = found.get("bizData")
    data = inner if isinstance(inner, dict) else found
    device = data.get("devId", found.get("devId"))
    if not isinstance(device, str) or not device:
        raise Unopened("payload")
    points = _points(data)
    kind = found.get("bizCode")
    named = kind if isinstance(kind, str) and kind and not points else "status"
    return Event(device, named, _time(found, outer, data), points)


def _points(data: Mapping[str, Any]) -> Mapping[str, object]:
    listed = data.get("status", data.get("properties"))
    found: dict[str, object] = {}
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("code"), str) and "value" in one:
            found[one["code"]] = one["value"]
        if len(found) >= _MAX_POINTS:
            break
    return found


def _time(found: Mapping[str, Any], outer: Mapping[str, Any], data: Mapping[str, Any]) -> float:
    """Return when it happened: by the device's report, else by the cloud's stamp."""
    listed = data.get("status", data.get("properties"))
    stamps = [
        one.get("t", one.get("time"))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]
    for stamp in (*stamps, found.get("ts"), found.get("t"), outer.get("t")):
        if isinstance(stamp, int) and not isinstance(stamp, bool) and 0 < stamp < 10**15:
            return stamp / 1000 if stamp >= 10**11 else float(stamp)
    raise Unopened("payload")


def _object(text: str | bytes, reason: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unopened(reason) from None
    if not isinstance(found, dict):
        raise Unopened(reason)
    return found


def _base64(text: str, reason: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unopened(reason) from None
