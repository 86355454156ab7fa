"""What a review says: its states, its words, its forms, its Markdown."""

from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest
from sothat.incidents.incident import Entry, Incident, Note, Promise, State
from sothat.incidents.refusal import Refused
from sothat.incidents.reviews import forms
from sothat.incidents.reviews.assembling import Happened, draft
from sothat.incidents.reviews.content import (
    Barrier,
    Difference,
    Fishbone,
    FiveWhys,
    ReviewContent,
    ReviewLine,
    Why,
)
from sothat.incidents.reviews.document import page
from sothat.incidents.reviews.markdown import BLAMELESS, Whole, markdown
from sothat.incidents.reviews.review import (
    FollowUp,
    FollowUpState,
    Review,
    ReviewState,
    edited,
    ended,
    lacking,
    moved,
)
from sothat.incidents.reviews.tree_outline import tree_of
from sothat.incidents.reviews.wording import blaming
from sothat.model.policy import Priority

from ..bench import HOUR, T0  # noqa: TID252 – tests of one tree

INCIDENT = Incident(
    id=7,
    key="k",
    state=State.RESOLVED,
    priority=Priority.P1,
    team="building-operations",
    promise=Promise("The gateway is silent", so_that="Guards hear the door"),
    labels={"site": "harbour"},
    opened_at=T0,
    resolved_at=T0 + HOUR,
    site="harbour",
)
FULL = ReviewContent(
    summary="The gateway lost its power.",
    impact="Nobody heard the door for an hour.",
    timeline=(ReviewLine(at=datetime(2026, 1, 5, 10, tzinfo=UTC), text="opened", entry=3),),
    root_cause="One supply fed both units.",
    five_whys=FiveWhys(problem="Silence", whys=(Why(answer="No power", evidence="the log"),)),
    fishbone=Fishbone(effect="Silence", machines=("one supply",), methods=("no test",)),
    fault_tree=tree_of("OR: Silence\n  [x] supply | off\n  link off"),
    changes=(Difference(what="The supply", usual="two", this_time="one", effect="no spare"),),
    barriers=(Barrier(barrier="Battery", state="missing", hazard="Power cut"),),
    lessons=("A second supply",),
)
REVIEW = Review(7, ReviewState.DRAFT, FULL, 1, T0, "first", T0, "first")


def go(review: Review, *to: ReviewState, by: str = "second", **how: bool) -> Review:
    rules = {"over": True, "second_person": False, **how}
    for state in to:
        review = moved(review, state, by, T0, **rules)
    return review


def test_a_review_goes_from_draft_to_published_and_back() -> None:
    published = go(REVIEW, ReviewState.IN_REVIEW, ReviewState.PUBLISHED)
    assert (published.revision, published.published_at, published.version) == (1, T0, 3)
    with pytest.raises(Refused, match="take it back to draft"):
        edited(published, FULL, "first", T0)
    again = go(published, ReviewState.DRAFT, ReviewState.IN_REVIEW, ReviewState.PUBLISHED)
    assert again.revision == 2


@pytest.mark.parametrize(
    ("review", "to", "how", "words"),
    [
        (REVIEW, ReviewState.PUBLISHED, {}, "draft cannot become published"),
        (REVIEW, ReviewState.DRAFT, {}, "is draft already"),
        (replace(REVIEW, content=ReviewContent()), ReviewState.IN_REVIEW, {}, "lacks a summary"),
        (go(REVIEW, ReviewState.IN_REVIEW), ReviewState.PUBLISHED, {"over": False}, "not over"),
        (
            go(REVIEW, ReviewState.IN_REVIEW),
            ReviewState.PUBLISHED,
            {"second_person": True},
            "second asked for the review: somebody else",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    review: Review, to: ReviewState, how: dict[str, bool], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        go(review, to, **how)


def test_what_contradicts_itself_is_refused() -> None:
    broken = msgspec.structs.replace(FULL, five_whys=FiveWhys(whys=(Why(answer=" "),)))
    with pytest.raises(Refused, match="why 1 has no answer"):
        edited(REVIEW, broken, "first", T0)


def test_follow_ups_end_with_a_word() -> None:
    one = FollowUp(1, 7, "A second supply", "Electrician", "t", date(2026, 2, 1), T0, "first")
    assert (one.overdue(date(2026, 2, 1)), one.overdue(date(2026, 2, 2))) == (False, True)
    with pytest.raises(Refused, match="say why"):
        ended(one, FollowUpState.DROPPED, "first", " ", T0)
    done = ended(one, FollowUpState.DONE, "first", "fitted", T0)
    assert not done.overdue(date(2027, 1, 1))
    with pytest.raises(Refused, match="done already"):
        ended(done, FollowUpState.DONE, "first", "", T0)
    assert ended(done, FollowUpState.OPEN, "first", "", T0) == one


def test_the_first_draft_takes_what_people_did_and_the_lessons_noted() -> None:
    said = [
        (Entry.RECEIVED, "alertmanager", "message 1"),
        (Entry.OPENED, "sothat", "P1 The gateway is silent"),
        (Entry.NOTE, "sothat", "nobody to notify"),
        (Entry.NOTE, "duty", "Lesson: a second supply"),
        (Entry.RESOLVED, "duty", "power is back"),
    ]
    entries = [Happened(n, Note(7, T0 + n, *one)) for n, one in enumerate(said, 1)]
    content = draft(INCIDENT, entries)
    assert [line.entry for line in content.timeline] == [2, 4, 5]
    assert content.lessons == ("a second supply",)
    assert "guards hear the door" in content.impact
    assert "duty" not in " ".join(line.text for line in content.timeline), "what, not who"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It was human error.", "human error"),
        ("The night shift should have looked", "should have"),
        ("They forgot the valve", "forgot"),
        ("It was the fault of the operator", "fault of the operator"),
        ("Anna B. closed it", "Anna B."),
        ("Obviously wrong", "Obviously"),
    ],
)
def test_words_that_blame_are_found(text: str, words: str) -> None:
    found = blaming(ReviewContent(root_cause=text), ["Anna B.", "x"])
    assert [(one.section, one.words) for one in found] == [("root_cause", words)]
    assert found[0].hint


@pytest.mark.parametrize(
    "text", ["The fault tree shows it", "A default value", "Annabel lane", "A blameless review"]
)
def test_words_that_blame_nobody_are_left_alone(text: str) -> None:
    assert blaming(ReviewContent(root_cause=text), ["Anna"]) == ()


def test_a_whole_review_as_markdown_and_html() -> None:
    follow_up = FollowUp(
        1, 7, "Fit <b>it</b> | soon", "Electrician", "t", date(2026, 2, 1), T0, "f"
    )
    whole = Whole(INCIDENT, REVIEW, [follow_up])
    text = markdown(whole)
    for words in (
        "# Review of incident 7: The gateway is silent",
        BLAMELESS,
        "1. Why? No power (shown by: the log)",
        "| Machines | one supply |",
        "- happened: supply \\| off",
        "What is known explains the first event.",
        "| The supply | two | one | no spare |",
        "| Power cut | Battery | missing |  |  |",
        "- A second supply",
        "2026-02-01",
    ):
        assert words in text
    html = page(whole)
    assert "<b>it" not in html
    assert html.count("<h1>") == 1
    assert '<html lang="en">' in html
    bare = markdown(Whole(INCIDENT, replace(REVIEW, content=ReviewContent())))
    assert "## " not in bare


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ReviewState.PUBLISHED, "| published "),
        (ReviewState.DRAFT, "| draft, last published "),
    ],
)
def test_the_state_says_once_that_it_is_published(state: ReviewState, said: str) -> None:
    text = markdown(Whole(INCIDENT, replace(REVIEW, state=state, published_at=T0)))
    assert said in text
    assert text.count("published") == 1


def form(section: str, content: ReviewContent, **fields: str) -> ReviewContent:
    given = {"was": forms.digest(section, content), **fields}
    entries = [Happened(3, Note(7, T0, Entry.OPENED, "sothat", "P1"))]
    return forms.taken(section, given, content, entries)


def test_each_section_comes_back_as_its_form_had_it() -> None:
    content = form("summary", ReviewContent(), summary="one\r\ntwo ", impact="")
    assert content.summary == "one\ntwo"
    content = form("five-whys", content, problem="p", answer="a\n\nb\n", evidence="e\n\n\n")
    assert [(why.answer, why.evidence) for why in content.five_whys.whys] == [("a", "e"), ("b", "")]
    content = form("fishbone", content, effect="x", people="one\n\n two\n", methods="")
    assert content.fishbone.people == ("one", "two")
    content = form("fault-tree", content, tree="OR: a\n  b\n  c")
    assert len(content.fault_tree.nodes) == 3
    row = {"barrier": "Door\n", "hazard": "\n", "state": "held\nfailed", "why": "\n"}
    content = form("barriers", content, **row, improvement="\n")
    assert content.barriers == (Barrier(barrier="Door", state="held"),)
    content = form("timeline", content, entries="3", more="2026-01-05T09:00 a guard called")
    assert [(line.entry, line.text) for line in content.timeline] == [
        (0, "a guard called"),
        (3, "opened: P1"),
    ]
    assert forms.by_hand(content) == "2026-01-05T09:00:00Z a guard called"
    content = form("cause", content, cause="power", root_cause="r", contributing="a\nb")
    assert (content.cause, content.contributing) == ("power", ("a", "b"))


@pytest.mark.parametrize(
    ("section", "fields", "words"),
    [
        ("summary", {"was": "old"}, "somebody else has changed"),
        ("timeline", {"more": "yesterday it rained"}, "write 2026-01-05T10:00"),
        ("timeline", {"entries": "x"}, "invalid literal"),
        ("fault-tree", {"tree": "a\n  b"}, "needs AND: or OR:"),
        ("changes", {"usual": "two"}, "say what, too"),
        ("barriers", {"barrier": "a", "state": "sideways"}, "sideways"),
        ("cause", {"cause": "weather"}, "weather"),
        ("summary", {"summary": "x" * 20_001}, "length"),
    ],
)
def test_a_form_that_says_what_cannot_be_is_refused(
    section: str, fields: dict[str, str], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        form(section, ReviewContent(), **fields)


def test_what_is_lacking_is_named() -> None:
    assert lacking(FULL) == ()
    assert lacking(ReviewContent())[0] == "a summary"
