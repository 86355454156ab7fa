"""Words that blame: a review asks what made an action sensible then, not who did it. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.incidents.reviews.content import BONES, ReviewContent

# What people write when they look for somebody rather than for something, and what helps more.
_BLAMING = (
    (r"human error|operator error|user error|pilot error", "say what made the slip easy"),
    (
        r"(?:at|whose|his|her|their) fault|fault of (?:the )?(?:engineer|operator|team)s?",
        "say what the system allowed",
    ),
    (r"blam(?:e|ed|es|ing)|culprits?|guilty", "a review blames nobody"),
    (
        r"careless(?:ly|ness)?|negligen(?:t|tly|ce)|sloppy|lazy|reckless(?:ly)?",
        "say what they knew and had to attend to",
    ),
    (
        r"incompeten(?:t|ce)|stupid(?:ly|ity)?|clueless|idiotic|dumb",
        "leave judgements of people out",
    ),
    (
        r"should(?:n't| not)? have|ought to have|could have easily",
        "say what was known then, not what is known now",
    ),
    (
        r"forgot(?:ten)?|neglected to|did(?:n't| not) bother|ignored the",
        "say what would have reminded or shown it",
    ),
    (r"obviously|simply had to|common sense", "it was not obvious at the time: say what hid it"),
)
_RULES = tuple((re.compile(rf"\b(?:{words})\b", re.IGNORECASE), hint) for words, hint in _BLAMING)
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Blame:
    """Words of a review that may blame somebody.

    Attributes:
        section: Where they stand, such as ``root_cause``.
        words: As they are written.
        hint: What to write instead.
    """

    section: str
    words: str
    hint: str


def blaming(content: ReviewContent, people: Iterable[str] = ()) -> tuple[Blame, ...]:
    """Return what in a review may blame somebody; each only once in a section.

    Args:
        content: The review.
        people: Names of those who had to do with the incident: why it came about is told with
            roles, never with these.
    """
    names = [name for name in dict.fromkeys(people) if len(name) >= _SHORTEST_NAME]
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
    found: dict[tuple[str, str], Blame] = {}
    for section, text in texts(content):
        for blame in (*_words(section, text), *(_people(section, text, named) if names else ())):
            found.setdefault((section, blame.words.lower()), blame)
    return tuple(found.values())


def _words(section: str, text: str) -> Iterator[Blame]:
    for pattern, hint in _RULES:
        for match in pattern.finditer(text):
            yield Blame(section, match[0], hint)


def _people(section: str, text: str, named: re.Pattern[str]) -> Iterator[Blame]:
    for match in named.finditer(text):
        yield Blame(section, match[0], "name the role, not the person")


def texts(content: ReviewContent) -> Iterator[tuple[str, str]]:
    """Yield the texts of a review that people have written, with their sections."""
    for name in ("summary", "impact", "detection", "response", "root_cause"):
        yield name, getattr(content, name)
    for name in ("actions", "contributing", "went_well", "went_badly", "lucky", "lessons"):
        for text in getattr(content, name):
            yield name, text
    yield from (("timeline", line.text) for line in content.timeline if not line.entry)
    yield from _structured(content)


def _structured(content: ReviewContent) -> Iterator[tuple[str, str]]:
    yield "five_whys", content.five_whys.problem
    yield from (("five_whys", f"{why.answer} {why.evidence}") for why in content.five_whys.whys)
    yield "fishbone", content.fishbone.effect
    for bone in BONES:
        yield from (("fishbone", text) for text in getattr(content.fishbone, bone))
    yield from (("fault_tree", node.text) for node in content.fault_tree.nodes)
    for one in content.changes:
        yield "changes", f"{one.what} {one.usual} {one.this_time} {one.effect}"
    for barrier in content.barriers:
        yield "barriers", f"{barrier.barrier} {barrier.hazard} {barrier.why} {barrier.improvement}"
