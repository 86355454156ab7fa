"""Signed links and addresses for replies: ours, of their time, for whom they were made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.conversation.gestures import COMMANDS
from sothat.incidents.conversation.links import BadLink, Link, Links
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import Secret

NOON = 1_767_700_800 * SECOND
HOUR = 3600
LINKS = Links(Secret("0123456789abcdef"), 24 * HOUR, "incidents@in.example.org")
OTHERS = Links(Secret("0123456789abcdeg"), 24 * HOUR, "incidents@in.example.org")
NAMES = st.text(min_size=1, max_size=60).filter(lambda t: t.encode("utf-8", "ignore").decode() == t)


@given(st.integers(1, 2**53), st.sampled_from(COMMANDS), NAMES)
def test_a_link_says_what_it_was_made_for(incident: int, command: str, channel: str) -> None:
    token = LINKS.token(incident, command, channel, NOON)
    until = NOON // SECOND + 24 * HOUR
    assert LINKS.read(token, NOON) == Link(incident, command, channel, until)
    assert LINKS.read(token, until * SECOND) == Link(incident, command, channel, until)
    with pytest.raises(BadLink, match="time is over"):
        LINKS.read(token, (until + 1) * SECOND)
    with pytest.raises(BadLink, match="not one of ours"):
        OTHERS.read(token, NOON)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_no_character_of_a_link_can_be_changed(place: int, instead: str) -> None:
    token = LINKS.token(12, "acknowledge", "first-responder/mail", NOON)
    place %= len(token)
    forged = token[:place] + instead + token[place + 1 :]
    if forged == token:
        return
    with pytest.raises(BadLink):
        LINKS.read(forged, NOON)


@given(st.text(max_size=700))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(text, NOON)
    with pytest.raises(BadLink):
        LINKS.read_reply(text, NOON, ("a/mail",))


def reply_token(channel: str) -> str:
    address = LINKS.reply_address(12, channel, NOON)
    return address.partition("+")[2].partition("@")[0]


def test_an_address_for_replies_fits_into_an_address() -> None:
    local, _, domain = LINKS.reply_address(10**9, "a" * 500, NOON).rpartition("@")
    assert domain == "in.example.org"
    assert len(local) <= 64
    assert local == local.lower()


def test_a_reply_is_taken_from_whom_the_message_went_to() -> None:
    token = reply_token("a/mail")
    assert LINKS.read_reply(token.upper(), NOON, ("b/mail", "a/mail")).incident == 12
    with pytest.raises(BadLink, match="not one of yours"):
        LINKS.read_reply(token, NOON, ("b/mail",))
    with pytest.raises(BadLink, match="time to reply"):
        LINKS.read_reply(token, NOON + 25 * HOUR * SECOND, ("a/mail",))


def test_a_link_is_no_address_and_an_address_no_link() -> None:
    with pytest.raises(BadLink):
        LINKS.read(reply_token("a/mail"), NOON)
    with pytest.raises(BadLink):
        LINKS.read_reply(LINKS.token(1, "resolve", "a/mail", NOON), NOON, ("a/mail",))


def test_without_a_mailbox_there_is_no_address() -> None:
    assert Links(Secret("0123456789abcdef"), HOUR).reply_address(1, "a/mail", NOON) == ""
