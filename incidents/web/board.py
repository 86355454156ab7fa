"""The list of incidents as a page: what is asked for, and where its links lead. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from sothat.incidents.incident import OVER, UNRESOLVED, State
from sothat.incidents.web import models
from sothat.model.policy import Priority

_PAGE = 40


class BoardQuery(models.IncidentsQuery):
    """What the list's address may ask for; without a state: what somebody works on.

    Attributes:
        find: Words and pairs ``name=value``, as people write them into one field.
    """

    limit: models.Limit = _PAGE
    find: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A link that narrows or widens the list."""

    text: str
    address: str
    chosen: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows besides the incidents.

    Attributes:
        kept: Hidden fields of the form, so that it keeps what is chosen.
        more: Where the next page is, empty if there is none.
        plain: Whether nothing narrows the list.
    """

    heading: str
    filters: Sequence[Chip]
    kept: Sequence[tuple[str, str]]
    more: str
    plain: bool


def asked(query: BoardQuery) -> models.IncidentsQuery:
    """Return what the list is asked for."""
    pairs = [text for text in query.find.split() if text.find("=") > 0]
    words = [text for text in query.find.split() if text not in pairs]
    return msgspec.structs.replace(
        query,
        states=query.states or list(State if words else UNRESOLVED),
        label=[*query.label, *pairs],
        text=" ".join((query.text, *words)),
    )


def board(query: BoardQuery, counts: Mapping[str, int], following: str) -> Board:
    """Return what a page shows besides its incidents.

    Args:
        query: What was asked for.
        counts: Unresolved incidents by priority.
        following: Cursor of the next page, empty if there is none.
    """
    chosen = _Chosen(query)
    over = bool(query.states) and all(state in OVER for state in query.states)
    return Board(
        heading=_heading(query, over=over),
        filters=(*_by_state(chosen, over=over), *_by_priority(chosen, counts)),
        kept=[pair for pair in chosen.pairs() if pair[0] != "find"],
        more=chosen.address(cursor=following) if following else "",
        plain=not chosen.pairs(),
    )


def _heading(query: BoardQuery, *, over: bool) -> str:
    if over:
        return "Resolved"
    return "Found" if query.find.strip() and not query.states else "Open incidents"


class _Chosen:
    """What is chosen, as parameters of an address."""

    def __init__(self, query: BoardQuery) -> None:
        self._given: dict[str, Sequence[str]] = {
            "state": query.states,
            "priority": query.priorities,
            "team": query.team,
            "site": [query.site] if query.site else [],
            "label": query.label,
            "text": [query.text] if query.text.strip() else [],
            "find": [query.find] if query.find.strip() else [],
        }

    def pairs(self) -> list[tuple[str, str]]:
        return [(name, str(v)) for name, values in self._given.items() for v in values]

    def address(self, **change: str | Sequence[str]) -> str:
        after = {**self._given}
        for name, value in change.items():
            after[name] = [value] if isinstance(value, str) else value
        pairs = [(name, str(v)) for name, values in after.items() for v in values]
        return f"/?{urlencode(pairs)}" if pairs else "/"


def _by_state(chosen: _Chosen, *, over: bool) -> Iterator[Chip]:
    yield Chip("Open", chosen.address(state=()), not over)
    yield Chip("Resolved", chosen.address(state=[str(state) for state in OVER]), over)


def _by_priority(chosen: _Chosen, counts: Mapping[str, int]) -> Iterator[Chip]:
    now = [value for name, value in chosen.pairs() if name == "priority"]
    for one in map(str, Priority):
        others = () if now == [one] else (one,)
        text = f"{one} {counts.get(one, 0)}"
        yield Chip(text, chosen.address(priority=others), one in now, one.lower())
