"""Short texts of people, and what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.conversation.saying import Saying, said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ACK 12", Saying("acknowledge", 12)),
        ("ack", Saying("acknowledge")),
        (" Ack #12. ", Saying("acknowledge", 12)),
        ("ack12", Saying()),
        ("resolve 7 it was the fan", Saying("resolve", 7, "it was the fan")),
        ("Resolved: 7\nit was\nthe fan\n", Saying("resolve", 7, "it was\nthe fan")),
        ("esc 3", Saying("escalate", 3)),
        ("note 3: on my way", Saying("note", 3, "on my way")),
        ("acknowledging would be wrong", Saying()),
        ("", Saying()),
        ("12", Saying()),
        ("no, do not ack 12", Saying()),
        ("ack 99999999999999999999", Saying("acknowledge", None, "99999999999999999999")),
    ],
)
def test_what_a_text_means(text: str, wanted: Saying) -> None:
    assert said(text) == wanted


@given(st.text())
def test_any_text_means_something_or_nothing(text: str) -> None:
    saying = said(text)
    assert saying.incident is None or saying.incident < 10**15
