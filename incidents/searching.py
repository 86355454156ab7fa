"""Words that somebody looks for among incidents. Pure."""

from collections.abc import Iterator, Sequence

from sothat.incidents.incident import Incident


def matches(incident: Incident, words: Sequence[str]) -> bool:
    """Return whether each word stands somewhere in what an incident says of itself.

    Upper and lower case are the same; a word may be part of a longer one.
    """
    text = "\n".join(_said(incident)).casefold()
    return all(word.casefold() in text for word in words)


def _said(incident: Incident) -> Iterator[str]:
    """Yield what people know an incident by: promise, outcome, place, labels, who had it."""
    promise = incident.promise
    yield from (promise.title, promise.condition, promise.action, promise.so_that)
    yield from (promise.alertname, incident.outcome, incident.site, incident.team)
    yield from (incident.acknowledged_by, incident.resolved_by, f"#{incident.id}")
    yield from incident.labels.values()


def spellings(word: str) -> frozenset[str]:
    """Return in which ways a database may hold a word where it knows no case beyond ASCII."""
    return frozenset((word, word.lower(), word.upper(), word.capitalize(), word.title()))
