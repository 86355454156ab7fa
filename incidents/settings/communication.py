"""``communication``: the file of what is said to whom outside the team."""

from collections.abc import Iterator, Mapping
from typing import Any

from sothat.incidents.channels import Bound
from sothat.incidents.communication.book import AudienceKind, Book
from sothat.incidents.communication.reading import load_book
from sothat.incidents.policy import channel_names
from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy
from sothat.model.problem import Problem
from sothat.runtime.documents import Document, load_document


def _read(source: Source) -> Book:
    path = source.node("communication")
    return load_book(source.folder / path)[0] if path else Book()


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    book, bound, policy = (read.get(name) for name in ("communication", "channels", "policy"))
    if not book or not book.audiences or bound is None or policy is None:
        return
    document = load_document(source.folder / source.node("communication"))
    inside = _inside(book, bound, {*channel_names(policy), *read.get("last_resort", ())})
    for name, audience in book.audiences.items():
        for number, channel in enumerate(audience.channels):
            path = ("audiences", name, "channels", number)
            if channel not in bound.opened:
                hint = did_you_mean(channel, bound.opened, otherwise="add it to 'channels'")
                message = f"'{channel}' is no channel that sends"
                yield document.problem("unknown-reference", message, path, hint=hint)
            elif audience.kind is AudienceKind.CUSTOMERS and channel in inside:
                yield _shared(document, path, channel)
    yield from _teams(document, book, policy)


def _inside(book: Book, bound: Bound, teams: set[str]) -> set[str]:
    """Return the channels that people of the house read, and what stands in where one fails."""
    found: set[str] = set()
    waiting = teams.union(
        *(one.channels for one in book.audiences.values() if one.kind is not AudienceKind.CUSTOMERS)
    )
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(bound.fallbacks.get(name, ())) - found
    return found


def _shared(document: Document, path: tuple[str | int, ...], channel: str) -> Problem:
    message = f"people of the house are told by the channel '{channel}', and so would be customers"
    hint = "give customers a channel of their own, which stands in for none of a team"
    return document.problem("shared-channel", message, path, hint=hint)


def _teams(document: Document, book: Book, policy: Policy) -> Iterator[Problem]:
    for key, service in book.services.items():
        if service.team and service.team not in policy.teams:
            hint = did_you_mean(service.team, policy.teams, otherwise="the policy has its teams")
            message = f"the policy has no team '{service.team}'"
            yield document.problem(
                "unknown-reference", message, ("services", key, "team"), hint=hint
            )


SECTION = Section("communication", "communication", PATH_SCHEMA, _read, check=_check)
