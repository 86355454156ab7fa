"""What channels hear: signatures as providers document them, and what presses mean."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from sothat.incidents import kit
from sothat.incidents.conversation.gestures import Gesture, Heard, Listener, Outcome, Refusal
from sothat.incidents.notifiers._twilio import signature
from sothat.incidents.notifiers.slack import SlackChannel
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import Secret

from .opening import KEPT, SECRET, SIGNING, SLACK, TWILIO, opened

HERE = "https://incidents.example.org/callbacks/c"
CALL = f"{HERE}?incident=7"
NOW = 1_767_700_800 * SECOND


def slack_body(*actions: tuple[str, str], **more: Any) -> bytes:
    """Return what Slack sends when buttons are pressed."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U7", "username": "somebody"},
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        "actions": [{"action_id": name, "value": value} for name, value in actions],
        **more,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def slack_sign(body: bytes, now: int, secret: str = SIGNING) -> Heard:
    stamp = str(now // SECOND)
    signed = b"v0:" + stamp.encode() + b":" + body
    mac = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": f"v0={mac}", "x-slack-request-timestamp": stamp}
    return Heard(HERE, headers, body, now)


def twilio_sign(url: str) -> Callable[[bytes, int], Heard]:
    def sign(body: bytes, now: int) -> Heard:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        mac = signature(Secret(SECRET), url, pairs).decode()
        return Heard(url, {"x-twilio-signature": mac}, body, now)

    return sign


def listener(settings: str) -> Listener:
    channel = opened(settings)
    assert isinstance(channel, Listener)
    return channel


SMS = {"From": "+15550002222", "Body": "ACK 7", "MessageSid": "SM77"}
KEY = {"Direction": "outbound-api", "To": "+15550002222", "Digits": "1", "CallSid": "CA77"}
HEARINGS = {
    "slack": kit.Hearing(
        listener(SLACK),
        slack_sign,
        slack_body(("sothat:acknowledge", "7")),
        "x-slack-signature",
        KEPT,
        window=300,
    ),
    "twilio-sms": kit.Hearing(
        listener(f"type: twilio-sms, {TWILIO}"),
        twilio_sign(HERE),
        urlencode(SMS).encode(),
        "x-twilio-signature",
        KEPT,
    ),
    "twilio-voice": kit.Hearing(
        listener(f"type: twilio-voice, {TWILIO}"),
        twilio_sign(CALL),
        urlencode(KEY).encode() + b"&x=7",
        "x-twilio-signature",
        KEPT,
    ),
}


@pytest.mark.parametrize("check", kit.HEARING_CHECKS)
@pytest.mark.parametrize("name", HEARINGS)
def test_a_listener_keeps_the_contract(name: str, check: Callable[[kit.Hearing], None]) -> None:
    check(HEARINGS[name])


def test_slacks_signature_is_that_of_its_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
        b"G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook"
        b"-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F3977"
        b"00885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d1"
        b"0d2c447fce8b6703c"
    )
    wanted = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = {"x-slack-signature": wanted, "x-slack-request-timestamp": "1531420618"}
    heard = listener(SLACK).hear(Heard(HERE, headers, body, 1531420618 * SECOND))
    # Its signature holds; a slash command has no payload of buttons.
    assert heard == Refusal(400, "the request has no payload that can be read")


def test_twilios_signature_is_that_of_its_documentation() -> None:
    pairs = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(Secret("12345"), url, pairs) == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("known", "signed"),
    [
        ("https://x.example/callbacks/c", "https://x.example:443/callbacks/c"),
        ("https://x.example:443/callbacks/c", "https://x.example/callbacks/c"),
        ("http://x.example/callbacks/c", "http://x.example:80/callbacks/c"),
    ],
)
def test_twilio_may_sign_the_usual_port_or_not(known: str, signed: str) -> None:
    heard = twilio_sign(signed)(urlencode(SMS).encode(), NOW)
    channel = listener(f"type: twilio-sms, {TWILIO}")
    here = Heard(known, heard.headers, heard.body, NOW)
    assert not isinstance(channel.hear(here), Refusal)
    elsewhere = Heard("https://y.example/callbacks/c", heard.headers, heard.body, NOW)
    assert isinstance(channel.hear(elsewhere), Refusal)


def test_a_press_in_slack_says_who_and_what() -> None:
    body = slack_body(("sothat:escalate", "12"), ("sothat:open", "12"), ("other-app", "12"))
    (gesture,) = listener(SLACK).hear(slack_sign(body, NOW))  # type: ignore[misc]
    assert (gesture.incident, gesture.command, gesture.who) == (12, "escalate", "slack:U7")
    assert gesture.answer_to == "https://hooks.slack.com/actions/T0/1/x"


def test_without_a_signing_secret_slack_is_not_heard() -> None:
    channel = listener("type: slack, token: {env: KEY}, channel: C42")
    refusal = channel.hear(slack_sign(slack_body(("sothat:resolve", "1")), NOW, ""))
    assert isinstance(refusal, Refusal)
    assert refusal.status == 404


def test_slack_is_told_only_where_slack_listens() -> None:
    """Whoever can sign could still not make the service post to a place of its own choice."""
    with kit.provider(kit.answering({"ok": True})) as provider:
        channel = opened(SLACK, provider.url)
        assert isinstance(channel, SlackChannel)
        for url in ("http://127.0.0.1:9/", "https://hooks.slack.com.evil.example/", ""):
            channel.say(Outcome(Gesture(1, "acknowledge", "", "", "", url), done=False, text="x"))
        assert provider.asked == []
        here = Gesture(1, "acknowledge", "", "", "", f"{provider.url}/hook")
        channel.say(Outcome(here, done=False, text="Nothing <changed>"))
        channel.say(Outcome(here, done=True, text="fine"))
    (request,) = provider.asked
    assert request.json() == {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": "Nothing &lt;changed&gt;",
    }


@pytest.mark.parametrize(
    ("digits", "command"), [("1", "acknowledge"), ("2", "escalate"), ("9", ""), ("", "")]
)
def test_a_key_on_the_phone(digits: str, command: str) -> None:
    channel = listener(f"type: twilio-voice, {TWILIO}")
    heard = twilio_sign(CALL)(urlencode({**KEY, "Digits": digits}).encode(), NOW)
    (gesture,) = channel.hear(heard)  # type: ignore[misc]
    assert (gesture.incident, gesture.command) == (7, command)
    assert gesture.who == "tel:+15550002222"
    answer = channel.answer(heard, (Outcome(gesture, done=True, text="#7 <x> & y"),))
    assert answer.media_type == "text/xml"
    assert ("#7 &lt;x&gt; &amp; y" in answer.content) == bool(command)


def test_a_reply_to_a_text_message_is_answered() -> None:
    channel = listener(f"type: twilio-sms, {TWILIO}")
    heard = twilio_sign(HERE)(urlencode({**SMS, "Body": "resolve 7 it was the fan"}).encode(), NOW)
    (gesture,) = channel.hear(heard)  # type: ignore[misc]
    assert gesture == Gesture(7, "resolve", "tel:+15550002222", "twilio:SM77", "it was the fan")
    answer = channel.answer(heard, (Outcome(gesture, done=False, text='no "way" \x00'),))
    assert answer.content.endswith("<Response><Message>no &quot;way&quot;  </Message></Response>")
