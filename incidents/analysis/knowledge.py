"""What earlier incidents and runbooks may tell about an incident. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sothat.incidents.analysis.similarity import Index, Match, Text, words_in
from sothat.incidents.incident import Incident
from sothat.incidents.reviews.content import ReviewContent
from sothat.incidents.runbooks import Runbook

_MOST = 5
_EXCERPT = 280
# How much more a title says than a line of the text.
_TITLE = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may help.

    Attributes:
        kind: ``review`` or ``runbook``.
        reference: The incident's number, or the runbook's name.
        words: Those that made it likely, the weightiest first.
        excerpt: What it says, in short.
    """

    kind: str
    reference: str
    title: str
    score: float
    words: tuple[str, ...]
    excerpt: str


def suggestions(
    incident: Incident,
    reviewed: Sequence[tuple[Incident, ReviewContent]],
    runbooks: Iterable[Runbook],
) -> tuple[Suggestion, ...]:
    """Return what may help with an incident: a few reviews, then a few runbooks.

    Args:
        incident: The one that is open.
        reviewed: Earlier incidents with their published reviews.
        runbooks: All that there are.
    """
    words = list(about(incident))
    others = {str(one.id): (one, content) for one, content in reviewed if one.id != incident.id}
    books = {book.name: book for book in runbooks}
    known = Index([Text(name, tuple(_told(*pair))) for name, pair in others.items()])
    shelf = Index([Text(name, tuple(_written(book))) for name, book in books.items()])
    return (
        *(_of_review(match, *others[match.name]) for match in known.like(words, _MOST)),
        *(_of_runbook(match, books[match.name]) for match in shelf.like(words, _MOST)),
    )


def about(incident: Incident) -> Iterator[str]:
    """Yield the words that say what an incident is about."""
    promise = incident.promise
    texts = (promise.title, promise.alertname, promise.condition, promise.so_that)
    for text in (*texts, incident.site, incident.outcome):
        yield from words_in(text)


def _told(incident: Incident, content: ReviewContent) -> Iterator[str]:
    for _ in range(_TITLE):
        yield from about(incident)
    lines = (*content.lessons, *content.contributing, *content.actions)
    for text in (content.summary, content.root_cause, content.impact, *lines):
        yield from words_in(text)


def _written(book: Runbook) -> Iterator[str]:
    for _ in range(_TITLE):
        yield from words_in(f"{book.name} {book.title}")
    yield from words_in(book.text)


def _of_review(match: Match, incident: Incident, content: ReviewContent) -> Suggestion:
    parts = (content.root_cause, *content.actions, *content.lessons, content.summary)
    excerpt = " – ".join(" ".join(part.split()) for part in parts if part.strip())
    title = incident.promise.title
    return Suggestion(
        "review", match.name, title, round(match.score, 3), match.words, _short(excerpt)
    )


def _of_runbook(match: Match, book: Runbook) -> Suggestion:
    return Suggestion("runbook", book.name, book.title, round(match.score, 3), match.words, "")


def _short(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rsplit(' ', 1)[0]} …"
