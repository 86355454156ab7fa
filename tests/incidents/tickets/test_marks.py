"""The mark by which we know our own words, and what is told in them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sothat.incidents.incident import SERVICE, Entry, Note
from sothat.incidents.tickets.linked import Facts, Linked
from sothat.incidents.tickets.marks import Mark, Sealer, mark_of, marked
from sothat.incidents.tickets.telling import telling
from sothat.runtime.secrets import Secret

KEY = "sothat-18882e06cb0b8000-7"
TICKET = Linked(7, "board", KEY)
SEALER = Sealer(Secret("a key of these tests"))
numbers = st.integers(0, 2**63 - 1)


@given(st.text(), numbers, numbers, st.sampled_from([True, False]))
def test_a_mark_is_found_again(text: str, told: int, answers: int, hidden: bool) -> None:  # noqa: FBT001 – given
    mark = SEALER.sealed(Mark(KEY, told, answers))
    written = marked(text, mark, hidden=hidden)
    assert mark_of(written) == mark
    assert mark_of(f"{written} \r\n") == mark
    # As Jira gives it back, which keeps rich text.
    assert mark_of(written.replace("-", "\\-").replace("(", "\\(")) == mark


@example(text="\\", hidden=False)
@given(text=st.text(min_size=1).filter(str.strip), hidden=st.booleans())
def test_whoever_quotes_us_says_something_of_their_own(text: str, hidden: bool) -> None:  # noqa: FBT001 – given
    ours = marked("we say", Mark(KEY, 3), hidden=hidden)
    if mark_of(text) is None:
        assert mark_of(f"> {ours}\n\n{text}") is None


@given(numbers, numbers, st.text("0123456789abcdef", max_size=20))
def test_nobody_else_can_seal_a_mark(told: int, answers: int, seal: str) -> None:
    ours = SEALER.sealed(Mark(KEY, told, answers))
    assert SEALER.genuine(ours)
    for forged in (
        Mark(KEY, told, answers),
        Mark(KEY, told + 1, answers, ours.seal),
        Mark(KEY, told, answers + 1, ours.seal),
        Mark(f"{KEY}1", told, answers, ours.seal),
        Sealer(Secret("another key")).sealed(ours),
        *([Mark(KEY, told, answers, seal)] if seal != ours.seal else []),
    ):
        assert not SEALER.genuine(forged)


@pytest.mark.parametrize("text", ["", "hello", KEY, f"({KEY})", f"{KEY} 1.2", f"({KEY} 1.2) no"])
def test_what_has_no_mark_is_not_ours(text: str) -> None:
    assert mark_of(text) is None


def _note(text: str, kind: Entry = Entry.NOTE, actor: str = "first") -> Note:
    return Note(7, 1_767_700_800_000_000_000, kind, actor, text)


def test_what_is_told_and_what_is_not() -> None:
    entries = [
        (11, _note("an alert fires", Entry.FIRING, "alertmanager")),
        (12, _note("look here")),
        (13, _note("noted by itself", actor=SERVICE)),
        (14, _note("written there", actor="agent (board)")),
        (15, _note("written elsewhere", actor="agent (other)")),
        (16, _note("resolved", Entry.RESOLVED, "agent (other)")),
        (17, _note("resolved", Entry.RESOLVED, "agent (board)")),
        (18, _note("sent", Entry.NOTIFIED, SERVICE)),
    ]
    found = telling(TICKET, entries, ("board", "other"), SEALER, hidden=False)
    lines = [line for line in found.text.splitlines() if line]
    assert lines == [
        "2026-01-06 12:00 UTC, first: look here",
        "2026-01-06 12:00 UTC, agent (other): resolved",
        f"({KEY} 18.0.{SEALER.sealed(Mark(KEY, 18)).seal})",
    ]
    assert found.whole


def test_nothing_to_be_told_moves_on_without_a_word() -> None:
    found = telling(TICKET, [(11, _note("x", Entry.FIRING))], ("board",), SEALER, hidden=True)
    assert (found.text, found.mark.told) == ("", 11)


@given(st.lists(st.text(max_size=3000), min_size=1, max_size=120))
def test_much_is_told_in_several_comments_and_nothing_is_left_out(texts: list[str]) -> None:
    entries = [(number, _note(text)) for number, text in enumerate(texts, 1)]
    ticket, told = TICKET, 0
    for _ in range(len(texts) + 1):
        found = telling(ticket, entries[told:], ("board",), SEALER, hidden=False)
        assert found.mark.told > told
        assert len(found.text) < 13_000
        told = found.mark.told
        ticket = Linked(7, "board", KEY, told=told)
        if found.whole:
            break
    assert told == len(texts)


def test_answers_come_first_and_are_counted() -> None:
    ticket = Linked(7, "board", KEY, facts=Facts(owed=("no", "never"), answered=3))
    found = telling(ticket, [], ("board",), SEALER, hidden=False)
    assert found.text.startswith("no\n\nnever\n\n")
    assert found.mark == SEALER.sealed(Mark(KEY, 0, 5))
