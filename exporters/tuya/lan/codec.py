"""The one door to tinytuya: requests to bytes, bytes to messages, session keys. No I/O.

Like tinytuya's own scanner, it has tinytuya's device make and read the bytes, and leaves its socket
alone.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tinytuya
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import (
    CODES,
    KEY_OR_VERSION,
    NOT_JSON,
    OTHER_KIND,
    UNEXPECTED,
    DeviceFailed,
    Evidence,
    Reason,
    classify,
)
from sothat.exporters.tuya.lan.frames import Malformed, RawFrame
from tinytuya.core import command_types as commands
from tinytuya.core.message_helper import unpack_message

log = logging.getLogger(__name__)

# tinytuya's name for devices that want the points listed that they are asked for.
_LISTING = "device22"
_ANY_POINT = {"1": None}
_NO_SOCKET = "no-socket"
QUERIES = frozenset({commands.DP_QUERY, commands.DP_QUERY_NEW, commands.CONTROL_NEW})
REPORT = commands.STATUS
ONLINE_LIST = commands.LAN_EXT_STREAM
MEASURE = commands.UPDATEDPS
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """What a frame says.

    Attributes:
        command: Tuya's number of it.
        sequence: The sender's number of the frame; 0 where it counts none.
        body: The JSON object, empty for an acknowledgement.
        failure: Why it cannot be used, None where it can.
        flaw: What is wrong with the frame itself, None where nothing is.
    """

    command: int
    sequence: int
    body: Mapping[str, Any] = field(default_factory=dict)
    failure: DeviceFailed | None = None
    flaw: Malformed | None = None

    @property
    def points(self) -> Mapping[str, Any]:
        """Return the data points in it by number, empty where there are none."""
        found = self.body.get("dps")
        if not isinstance(found, dict):
            data = self.body.get("data")
            found = data.get("dps") if isinstance(data, dict) else None
        if not isinstance(found, dict) or not found:
            return _NOTHING
        return {str(number): value for number, value in found.items()}

    @property
    def cid(self) -> str:
        """Return the sub-device that it is about, empty where it is about the device itself."""
        data = self.body.get("data")
        nested = data.get("cid") if isinstance(data, dict) else None
        cid = self.body.get("cid") or nested
        return cid if isinstance(cid, str) else ""


class _Wire(tinytuya.Device):  # type: ignore[misc]  # tinytuya is untyped
    """tinytuya's device, used for its bytes only."""

    def __repr__(self) -> str:
        """Return the id; the original shows the key."""
        return f"_Wire({self.id!r})"


class Codec:
    """Makes and reads the bytes of one connection.

    Args:
        device: The device or gateway at the address.
        version: The protocol's, where it is another than the device list says.
    """

    def __init__(self, device: Device, version: str = "") -> None:
        key = device.key.reveal()
        # Without an address or a key, tinytuya would scan the network and read files.
        if not key:
            raise ValueError(f"{device.name} has no key")
        self.version = version or device.version
        self._device = device
        self._children: dict[str, tinytuya.Device] = {}
        # Whether it was the device's answer, not its version, that made us list the points.
        self.guessed = False
        self._wire = _Wire(device.id, _NO_SOCKET, key, version="3.3")
        # Told the points before the version: of a device of 3.2, it would ask for them at once.
        self._wire.set_dpsUsed(dict.fromkeys(device.points) or _ANY_POINT)
        self._wire.set_version(self.version)

    @property
    def handshakes(self) -> bool:
        """Return whether a session key is agreed on before anything else."""
        return self.version >= "3.4"

    def greeting(self) -> bytes:
        """Return the first frame of the handshake; a session before it is forgotten."""
        return self._encode(self._wire._negotiate_session_key_generate_step_1())  # noqa: SLF001 – as tinytuya's scanner does

    def confirmation(self, frame: RawFrame) -> bytes:
        """Return the last frame of the handshake, given the device's answer to the greeting.

        Raises:
            DeviceFailed: The answer does not prove that the device has the same key.
        """
        if frame.header.cmd != commands.SESS_KEY_NEG_RESP:
            raise DeviceFailed(Reason.PROTOCOL, UNEXPECTED, "the handshake was answered otherwise")
        answer = self._unpack(frame)
        proof = answer and self._wire._negotiate_session_key_generate_step_3(answer)  # noqa: SLF001
        if not answer or not answer.crc_good or not proof:
            why = "the answer to the handshake is under another key"
            raise DeviceFailed(Reason.WRONG_KEY, KEY_OR_VERSION, why)
        last = self._encode(proof)
        self._wire._negotiate_session_key_generate_finalize()  # noqa: SLF001
        return last

    def query(self, device: Device) -> bytes:
        """Return the question for all data points of the device or one of its sub-devices."""
        return self._encode(self._of(device).generate_payload(commands.DP_QUERY))

    def measure(self, numbers: Iterable[int]) -> bytes:
        """Return the order to measure data points anew."""
        return self._encode(self._wire.generate_payload(commands.UPDATEDPS, list(numbers)))

    def heartbeat(self) -> bytes:
        """Return the frame that keeps a connection alive."""
        return self._encode(self._wire.generate_payload(commands.HEART_BEAT))

    def census(self) -> bytes:
        """Return the question which sub-devices a gateway has in reach."""
        asked = {"rawData": {"cids": []}, "reqType": "subdev_online_stat_query"}
        return self._encode(self._wire.generate_payload(commands.LAN_EXT_STREAM, **asked))

    @property
    def sequence(self) -> int:
        """Return the number of the last frame that was made."""
        return int(self._wire.seqno) - 1

    @property
    def counts_for_itself(self) -> bool:
        """Return whether the device numbers its frames, rather than repeat the request's."""
        return self.version >= "3.5"

    @property
    def answers(self) -> frozenset[int]:
        """Return the commands under which a query is answered."""
        # Devices that want their points listed answer with a report.
        return QUERIES | {REPORT} if self._wire.dev_type == _LISTING else QUERIES

    def list_points(self) -> None:
        """Name the points in queries from now on: the device has asked for that (908)."""
        self.guessed = True
        self._wire.dev_type = _LISTING
        self._wire.set_dpsUsed(dict.fromkeys(self._device.points) or _ANY_POINT)

    def read(self, frame: RawFrame) -> Message:
        """Return what a frame says; whatever is in it, this does not raise."""
        answer = self._unpack(frame)
        command, sequence = frame.header.cmd, frame.header.seqno
        if answer is None:
            return _useless(command, sequence, "the frame is too short", Malformed.UNDECODABLE)
        if not answer.crc_good and self.handshakes:
            return _useless(command, sequence, "the frame's seal is wrong", Malformed.CHECKSUM)
        if not answer.payload:
            return Message(command, sequence)
        body = self._decode(answer.payload)
        if isinstance(body, dict) and "Err" not in body:
            flaw = None if answer.crc_good else Malformed.CHECKSUM
            return Message(command, sequence, body, flaw=flaw)
        failure = self._failure(body, answer)
        flaw = Malformed.UNDECODABLE if answer.crc_good else Malformed.CHECKSUM
        return Message(command, sequence, failure=failure, flaw=flaw)

    def _failure(self, body: Any, answer: Any) -> DeviceFailed:
        if body is None and self._wire.dev_type == _LISTING:
            return DeviceFailed(Reason.PROTOCOL, OTHER_KIND, "it wants its points listed")
        code = _code(body)
        payload, intact = bytes(answer.payload), bool(answer.crc_good)
        evidence = Evidence(self.version, payload, intact, _is_text(body))
        return DeviceFailed(classify(code, evidence), code, "the answer cannot be read")

    def _unpack(self, frame: RawFrame) -> Any:
        key = self._wire.local_key if self.handshakes else None
        try:
            return unpack_message(frame.raw, hmac_key=key, header=frame.header)
        except Exception:
            log.debug("no frame", extra={"device": self._device.name}, exc_info=True)
            return None

    def _decode(self, payload: bytes) -> Any:
        try:
            return self._wire._decode_payload(payload)  # noqa: SLF001 – as tinytuya's scanner does
        except TypeError:  # it was JSON, so the key is right, but no object
            return {"Err": str(NOT_JSON), "Payload": "no object"}
        except Exception:
            log.debug("unreadable", extra={"device": self._device.name}, exc_info=True)
            return {"Err": str(UNEXPECTED)}

    def _encode(self, payload: Any) -> bytes:
        data: bytes = self._wire._encode_message(payload)  # noqa: SLF001 – as tinytuya's scanner does
        return data

    def _of(self, device: Device) -> Any:
        if not device.cid:
            return self._wire
        if device.cid not in self._children:
            child = tinytuya.Device(device.id, cid=device.cid, parent=self._wire)
            self._children[device.cid] = child
        return self._children[device.cid]


def _useless(command: int, sequence: int, why: str, flaw: Malformed) -> Message:
    failure = DeviceFailed(Reason.PROTOCOL, UNEXPECTED, why)
    return Message(command, sequence, failure=failure, flaw=flaw)


def _is_text(body: Any) -> bool:
    """Return whether what could not be used was text at least: noise decrypted is none."""
    text = body.get("Payload") if isinstance(body, dict) else body
    return not isinstance(text, bytes) and bool(text) and str(text).isprintable()


def _code(body: Any) -> int:
    """Return tinytuya's code of a result that is no answer; a device may have made it up."""
    if not isinstance(body, dict):
        return NOT_JSON
    try:
        code = int(body["Err"] or 0)
    except (TypeError, ValueError, OverflowError):
        return UNEXPECTED
    return code if code in CODES else UNEXPECTED
