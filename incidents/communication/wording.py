"""Texts, made from facts and from what a person adds. Pure.

A customer's text comes out of `customers`, which is given `Facts` and `Said` alone; what somebody
has `Said` goes through `guard` before it gets here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sothat.incidents.communication.book import AudienceKind, Book, Effect, Kind, Wording
from sothat.incidents.communication.facts import Facts, Status
from sothat.incidents.communication.times import span, spoken

_WORDS: Mapping[Status, str] = {
    Status.INVESTIGATING: "We are looking into it",
    Status.IDENTIFIED: "We know the cause and are working on it",
    Status.MONITORING: "The effect is gone; we are watching it",
    Status.RESOLVED: "Resolved",
}
_EFFECTS: Mapping[Effect, str] = {
    Effect.OPERATIONAL: "It works as it should.",
    Effect.MAINTENANCE: "It is being worked on.",
    Effect.DEGRADED: "It works, but not as well as it should.",
    Effect.PARTIAL: "A part of it does not work at present.",
    Effect.MAJOR: "It does not work at present.",
}
_SUBJECTS: Mapping[Kind, str] = {
    Kind.INITIAL: "{where}: we are looking into a disruption",
    Kind.UPDATE: "{where}: how it stands",
    Kind.RESOLUTION: "{where}: the disruption is over",
    Kind.SUMMARY: "{where}: what happened, and what we did",
    Kind.PREVENTIVE: "{where}: what we do so that it does not happen again",
}
_FULL = """\
Status: {status}
{times}

What has happened: {description}
What you notice: {impact}
What we do: {actions}
When we expect it to be over: {expected}
What you can do meanwhile: {workaround}

Our aim: {so_that}.
{signature}"""
_OVER = """\
Status: {status}
{times}

What had happened: {description}
What you noticed: {impact}
What we did: {actions}
What is left to do for you: {workaround}

Our aim: {so_that}.
{signature}"""
_LATER = """\
{times}

What had happened: {description}
What you noticed: {impact}
What we do so that it does not happen again: {actions}
When we expect that to be done: {expected}
What you can do meanwhile: {workaround}

Our aim: {so_that}.
{signature}"""
_BODIES: Mapping[Kind, str] = {
    Kind.INITIAL: _FULL,
    Kind.UPDATE: _FULL,
    Kind.RESOLUTION: _OVER,
    Kind.SUMMARY: _OVER,
    Kind.PREVENTIVE: _LATER,
}
PLACEHOLDERS = (
    *("service", "site", "where", "so_that", "reference", "times", "signature"),
    *("status", "description", "impact", "actions", "expected", "workaround"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person adds; an empty text leaves it to the template.

    Attributes:
        status: Where it is further than the incident's state tells.
        expected: When it will be over, or what was decided be done; nanoseconds.
    """

    description: str = ""
    impact: str = ""
    actions: str = ""
    workaround: str = ""
    status: Status | None = None
    expected: int | None = None

    def texts(self) -> Mapping[str, str]:
        """Return the texts that there are, by their field."""
        named = {
            "description": self.description,
            "impact": self.impact,
            "actions": self.actions,
            "workaround": self.workaround,
        }
        return {name: text for name, text in named.items() if text}


@dataclass(frozen=True, slots=True)
class Text:
    """A finished text; the subject is one line."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What only those inside hear, besides: for engineers and executives.

    Attributes:
        lines: Names and texts, in order.
    """

    lines: Mapping[str, str]


def customers(kind: Kind, facts: Facts, said: Said, book: Book) -> Text:
    """Return the text for customers."""
    return _filled(kind, AudienceKind.CUSTOMERS, facts, said, book)


def insiders(
    kind: Kind, audience: AudienceKind, facts: Facts, said: Said, inside: Inside, book: Book
) -> Text:
    """Return the text for people of the house: the customers' one, and what they may know more."""
    text = _filled(kind, audience, facts, said, book)
    more = "\n".join(f"{name}: {told}" for name, told in inside.lines.items() if told)
    return Text(text.subject, f"{text.body}\n\n{more}\n" if more else text.body)


def status_words(facts: Facts, said: Said) -> str:
    """Return how it stands, in words."""
    return _WORDS[said.status or facts.status]


def _filled(kind: Kind, audience: AudienceKind, facts: Facts, said: Said, book: Book) -> Text:
    wording = book.wordings.get((audience, kind)) or Wording(_SUBJECTS[kind], _BODIES[kind])
    values = _values(kind, facts, said, book)
    subject = wording.subject.format_map(values)
    body = "\n".join(line.rstrip() for line in wording.text.format_map(values).splitlines())
    return Text(" ".join(subject.split()), body.strip() + "\n")


def _values(kind: Kind, facts: Facts, said: Said, book: Book) -> Mapping[str, str]:
    over = kind in (Kind.RESOLUTION, Kind.SUMMARY, Kind.PREVENTIVE)
    site = facts.site.name if facts.site else ""
    return MappingProxyType(
        {
            "service": facts.service.name,
            "site": site,
            "where": f"{facts.service.name}, {site}" if site else facts.service.name,
            "so_that": facts.service.so_that,
            "reference": str(facts.reference),
            "times": _times(facts, book.zone),
            "signature": book.signature,
            "status": status_words(facts, said),
            "description": said.description or f"A disruption of {facts.service.name}.",
            "impact": said.impact or _impact(facts, over=over),
            "actions": said.actions or _actions(kind),
            "expected": _expected(kind, facts, said, book.zone),
            "workaround": said.workaround or "Nothing is needed.",
        }
    )


def _impact(facts: Facts, *, over: bool) -> str:
    return "You may have noticed that it did not work." if over else _EFFECTS[facts.effect]


def _actions(kind: Kind) -> str:
    if kind is Kind.PREVENTIVE:
        return "We have looked into the cause, and are seeing to it."
    if kind in (Kind.RESOLUTION, Kind.SUMMARY):
        return "We have put it right."
    return "Our engineers are working on it."


def _expected(kind: Kind, facts: Facts, said: Said, zone: str) -> str:
    if said.expected is not None:
        return spoken(said.expected, zone)
    if kind is Kind.PREVENTIVE or facts.next_update is None:
        return "We cannot say yet."
    return f"We cannot say yet; we will write again by {spoken(facts.next_update, zone)}."


def _times(facts: Facts, zone: str) -> str:
    if facts.ended is None:
        return f"Since: {spoken(facts.began, zone)}"
    return f"From: {span(facts.began, facts.ended, zone)}"
