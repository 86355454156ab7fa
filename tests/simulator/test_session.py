"""The device's side of a conversation, driven by tinytuya's own client without a network."""

import json
import os
from typing import Any

import pytest
import tinytuya
from hypothesis import given
from hypothesis import strategies as st
from sothat.simulator.wire.commands import Command
from sothat.simulator.wire.session import HangUp, Request, Send, Session
from tinytuya.core.message_helper import MessagePayload, parse_header, unpack_message

KEY = "abcdefgh01234567"
VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5")
BODY = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.booleans())


class Client:
    """tinytuya's client with the wire in our hands."""

    def __init__(self, version: str, key: str = KEY) -> None:
        self.device = tinytuya.Device("bf" + "x" * 18, "127.0.0.1", key, version=3.3)
        # Of a device of 3.2, it would ask for the points at once.
        self.device.set_dpsUsed({"1": None})
        self.device.set_version(version)
        self.version = version

    def connect(self, session: Session) -> None:
        if self.version < "3.4":
            return
        start = self.device._negotiate_session_key_generate_step_1()
        (answer,) = session.receive(self.device._encode_message(start))
        finish = self.device._negotiate_session_key_generate_step_3(self.unpack(answer))
        assert finish, "tinytuya did not accept our proof"
        assert list(session.receive(self.device._encode_message(finish))) == []
        self.device._negotiate_session_key_generate_finalize()

    def encode(self, command: int, body: Any) -> bytes:
        raw: bytes = self.device._encode_message(MessagePayload(command, json.dumps(body).encode()))
        return raw

    def unpack(self, sent: Any) -> Any:
        assert isinstance(sent, Send)
        key = None if self.version < "3.4" else self.device.local_key
        return unpack_message(sent.data, hmac_key=key, header=parse_header(sent.data))

    def decode(self, sent: Any) -> Any:
        return self.device._decode_payload(self.unpack(sent).payload)


def talk(version: str) -> tuple[Client, Session]:
    client, session = Client(version), Session(version, KEY.encode(), os.urandom)
    client.connect(session)
    return client, session


@pytest.mark.parametrize("version", VERSIONS)
@given(asked=BODY, said=BODY, command=st.sampled_from(list(Command)[3:]))
def test_requests_and_answers_survive_the_wire(
    version: str, asked: dict[str, Any], said: dict[str, Any], command: Command
) -> None:
    client, session = talk(version)
    (request,) = session.receive(client.encode(command, asked))
    assert isinstance(request, Request)
    assert (request.command, request.body) == (command, asked)
    answer = session.answer(request, said | {"dps": {}})
    assert client.unpack(answer).retcode == 0
    assert client.decode(answer) == said | {"dps": {}}
    assert client.decode(session.report({"dps": said})) == {"dps": said}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_acknowledgement_is_empty(version: str) -> None:
    client, session = talk(version)
    (request,) = session.receive(client.encode(Command.HEART_BEAT, {}))
    assert isinstance(request, Request)
    message = client.unpack(session.answer(request))
    assert (message.cmd, message.payload, message.retcode) == (Command.HEART_BEAT, b"", 0)


@pytest.mark.parametrize("version", ["3.3", "3.4"])
def test_an_answer_repeats_the_number_of_its_request(version: str) -> None:
    client, session = talk(version)
    client.device.seqno = 4711
    (request,) = session.receive(client.encode(Command.DP_QUERY, {}))
    assert isinstance(request, Request)
    assert client.unpack(session.answer(request)).seqno == 4711


def test_a_3_5_device_numbers_its_own_frames() -> None:
    client, session = talk("3.5")
    first, second = (client.unpack(session.report({"dps": {}})).seqno for _ in range(2))
    assert second == first + 1


def test_a_3_3_device_says_that_it_cannot_read_another_key() -> None:
    client = Client("3.3", "another-key-0123")
    session = Session("3.3", KEY.encode(), os.urandom)
    (answer,) = session.receive(client.encode(Command.DP_QUERY, {"gwId": "x"}))
    client.device.local_key = KEY.encode()
    message = client.unpack(answer)
    assert message.retcode == 1
    assert client.device._decode_payload(message.payload)["invalid_json"] == "parse data error"


@pytest.mark.parametrize("version", ["3.4", "3.5"])
def test_later_versions_hang_up_on_another_key(version: str) -> None:
    client = Client(version, "another-key-0123")
    start = client.device._negotiate_session_key_generate_step_1()
    session = Session(version, KEY.encode(), os.urandom)
    assert list(session.receive(client.device._encode_message(start))) == [HangUp()]


@pytest.mark.parametrize("version", ["3.4", "3.5"])
def test_a_wrong_proof_ends_the_handshake(version: str) -> None:
    client, session = Client(version), Session(version, KEY.encode(), os.urandom)
    start = client.device._negotiate_session_key_generate_step_1()
    list(session.receive(client.device._encode_message(start)))
    wrong = MessagePayload(Command.SESS_KEY_NEG_FINISH, bytes(32))
    assert list(session.receive(client.device._encode_message(wrong))) == [HangUp()]


@pytest.mark.parametrize("version", ["3.4", "3.5"])
def test_nothing_is_answered_before_the_handshake(version: str) -> None:
    client, session = Client(version), Session(version, KEY.encode(), os.urandom)
    assert list(session.receive(client.encode(Command.DP_QUERY_NEW, {}))) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("payload", [b"not json", b"[1]", b"\xff\xfe", b"[" * 20_000])
def test_a_payload_that_is_no_object_is_answered_as_such(version: str, payload: bytes) -> None:
    client, session = talk(version)
    raw = client.device._encode_message(MessagePayload(Command.DP_QUERY, payload[:1000]))
    (answer,) = session.receive(raw)
    assert client.unpack(answer).retcode == 1


@pytest.mark.parametrize(("spoken", "understood"), [("3.5", "3.3"), ("3.3", "3.5"), ("3.5", "3.4")])
def test_frames_of_another_version_are_passed_over(spoken: str, understood: str) -> None:
    session = Session(understood, KEY.encode(), os.urandom)
    assert list(session.receive(Client(spoken).encode(Command.DP_QUERY, {}))) == []


@pytest.mark.parametrize("version", VERSIONS)
@given(noise=st.binary(max_size=400))
def test_noise_is_survived(version: str, noise: bytes) -> None:
    client, session = talk(version)
    list(session.receive(noise.replace(b"\x00\x00", b"\x01\x01")))
    (request,) = session.receive(client.encode(Command.DP_QUERY, {"after": "noise"}))
    assert isinstance(request, Request)
    assert request.body == {"after": "noise"}


@pytest.mark.parametrize("version", VERSIONS)
@given(place=st.integers(0), bit=st.integers(0, 7))
def test_a_changed_request_is_never_taken(version: str, place: int, bit: int) -> None:
    client, session = talk(version)
    raw = bytearray(client.encode(Command.CONTROL, {"dps": {"1": True}}))
    raw[place % len(raw)] ^= 1 << bit
    assert not any(isinstance(event, Request) for event in session.receive(bytes(raw)))
