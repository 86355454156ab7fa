"""What providers are sent: no markup of an alert's making, and buttons that do what they say."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

import pytest
from sothat.incidents import kit
from sothat.incidents.notification import Notice, Offer, Sent
from sothat.model.problem import Unusable

from .opening import NTFY, SLACK, TEAMS, TWILIO, opened

OFFERS = (
    Offer("acknowledge", "Acknowledge", "https://incidents.example.org/do/a.7.x"),
    Offer("escalate", "Escalate", "https://incidents.example.org/do/e.7.x"),
    Offer("resolve", "Resolve", "https://incidents.example.org/do/r.7.x"),
)
NOTICE = replace(kit.NOTICE, offers=OFFERS, callback="https://incidents.example.org/callbacks/c")
REPLY = {"ok": True, "channel": "C42", "ts": "1.2", "id": "abc"}


def sent(settings: str, notice: Notice) -> tuple[kit.Asked, str]:
    """Return what a provider got, and the reference that came of it."""
    with kit.provider(kit.answering(REPLY)) as provider:
        result = opened(settings, provider.url).send(notice)
    assert isinstance(result, Sent), result
    (request,) = provider.asked
    return request, result.reference


def test_slack_gets_a_message_with_buttons() -> None:
    request, reference = sent(SLACK, NOTICE)
    assert (request.path, reference) == ("/chat.postMessage", "C42/1.2")
    message = request.json()
    buttons = message["blocks"][-1]["elements"]
    assert [b["action_id"] for b in buttons] == [
        "sothat:acknowledge", "sothat:escalate", "sothat:resolve", "sothat:open",
    ]  # fmt: skip
    assert {b["value"] for b in buttons[:3]} == {"7"}
    said = message["blocks"][0]["text"]["text"]
    assert "&lt;b&gt;&amp;amp;" in said
    assert "*SO THAT* rooms stay warm" in said
    assert "\n" not in said.splitlines()[0]


def test_slack_changes_its_message_in_place() -> None:
    update = replace(NOTICE, reason="", update=True, reference="C9/5.6", state="acknowledged")
    request, _ = sent(SLACK, replace(update, offers=OFFERS[2:], taken_by="first-responder"))
    message = request.json()
    assert request.path == "/chat.update"
    assert (message["channel"], message["ts"]) == ("C9", "5.6")
    assert "acknowledged by first-responder" in str(message["blocks"])
    assert "sothat:acknowledge" not in str(message["blocks"])


def test_a_further_page_in_slack_is_a_reply_that_everybody_sees() -> None:
    request, reference = sent(SLACK, replace(NOTICE, reason="escalated", reference="C9/5.6"))
    message = request.json()
    assert request.path == "/chat.postMessage"
    assert (message["channel"], message["thread_ts"]) == ("C9", "5.6")
    assert message["reply_broadcast"] is True
    assert reference == "C9/5.6"


def test_without_a_signing_secret_slack_shows_no_button_that_nobody_hears() -> None:
    request, _ = sent(SLACK.replace("signing_secret: {env: SIGNING}, ", ""), NOTICE)
    assert "sothat:acknowledge" not in request.body.decode()


def test_slack_takes_texts_as_long_as_they_come() -> None:
    long = replace(NOTICE, title="x" * 9000, condition="<" * 9000, labels={"a": "&" * 9000})
    request, _ = sent(SLACK, long)
    for block in request.json()["blocks"]:
        assert len(block.get("text", {}).get("text", "")) <= 3000
        for element in block.get("elements", ()):
            text: Any = element.get("text", "")
            assert len(text if isinstance(text, str) else text["text"]) <= 2000


def test_teams_gets_a_card_whose_buttons_open_links() -> None:
    request, reference = sent(TEAMS, NOTICE)
    (attachment,) = request.json()["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [a["url"] for a in card["actions"]] == [*(o.url for o in OFFERS), NOTICE.url]
    assert {a["type"] for a in card["actions"]} == {"Action.OpenUrl"}
    assert "\\<b\\>" in card["body"][0]["text"]
    assert reference == ""
    assert len(request.body) < 28_000


def test_ntfy_gets_buttons_that_act() -> None:
    request, reference = sent(NTFY, NOTICE)
    message = request.json()
    assert reference == "abc"
    assert message["priority"] == 5
    assert [(a["action"], a["method"], a["url"]) for a in message["actions"]] == [
        ("http", "POST", offer.url) for offer in OFFERS
    ]
    # Links stand on buttons only: in the text they would be opened by accident.
    assert "/do/" not in message["message"]
    assert "SO THAT: rooms stay warm" in message["message"]


def test_an_update_on_a_phone_makes_no_sound() -> None:
    request, _ = sent(NTFY, replace(NOTICE, update=True, reference="abc", reason=""))
    message = request.json()
    assert (message["sequence_id"], message["priority"]) == ("abc", 1)


def test_a_further_page_on_a_phone_takes_the_place_of_the_one_before_and_rings() -> None:
    further = replace(NOTICE, reference="first", reason="escalated")
    request, reference = sent(NTFY, further)
    message = request.json()
    assert (message["sequence_id"], message["priority"], reference) == ("first", 5, "first")
    request, reference = sent(f"{NTFY}, updates: false", further)
    assert "sequence_id" not in request.json()
    assert reference == "abc"


@pytest.mark.parametrize("title", ["\U0001f525" * 4000, "é" * 4000])
def test_a_message_on_a_phone_never_becomes_an_attachment(title: str) -> None:
    request, _ = sent(NTFY, replace(NOTICE, condition=title))
    assert len(request.json()["message"].encode()) < 4096


def test_a_text_message_is_short_and_says_how_to_answer() -> None:
    request, _ = sent(f"type: twilio-sms, {TWILIO}", replace(NOTICE, title="x" * 900))
    form = request.form()
    assert request.path == "/2010-04-01/Accounts/AC00ff/Messages.json"
    assert (form["From"], form["To"]) == ("+15550001111", "+15550002222")
    assert form["Body"].endswith("Reply ACK 7 or ESC 7 or RESOLVE 7")
    assert len(form["Body"]) < 320


def test_a_call_speaks_and_waits_for_a_key() -> None:
    request, _ = sent(f"type: twilio-voice, {TWILIO}, language: en-GB", NOTICE)
    form = request.form()
    assert request.path == "/2010-04-01/Accounts/AC00ff/Calls.json"
    assert len(form["Twiml"]) < 4000
    root = ET.fromstring(form["Twiml"])  # noqa: S314 – our own
    gather = root.find("Gather")
    assert gather is not None
    assert gather.get("action") == "https://incidents.example.org/callbacks/c?incident=7"
    text = gather.findtext("Say") or ""
    assert text.startswith("Priority 1 incident 7. A device")
    assert "Press 1 to acknowledge. Press 2" in text


def test_a_call_about_the_end_asks_for_no_key() -> None:
    request, _ = sent(
        f"type: twilio-voice, {TWILIO}", replace(NOTICE, offers=(), reason="resolved")
    )
    assert "Press" not in request.form()["Twiml"]


@pytest.mark.parametrize(
    "settings", [SLACK, TEAMS, NTFY, f"type: twilio-sms, {TWILIO}", f"type: twilio-voice, {TWILIO}"]
)
def test_what_was_written_for_people_outside_is_all_that_they_get(settings: str) -> None:
    words = "First line\nHeating works again"
    outside = replace(
        kit.NOTICE, title="Heating in one building", text=words, incident=0, url="", condition="",
        action="", so_that="", team="", labels={}, state="", opened_at="", reason="announced",
    )  # fmt: skip
    request, _ = sent(settings, outside)
    said = unquote_plus(request.body.decode())
    for text in ("Heating in one building", "First line", "Heating works again"):
        assert text in said
    for inside in ("building-operations", "silence", "P1", "#0", "announced", "sothat:"):
        assert inside not in said, inside


def test_a_workflow_without_a_url_is_refused_without_showing_it() -> None:
    with pytest.raises(Unusable) as refused:
        opened(TEAMS, hook="workflow-key-4711")
    (problem,) = refused.value.problems
    assert problem.code == "bad-url"
    assert "4711" not in str(problem)
