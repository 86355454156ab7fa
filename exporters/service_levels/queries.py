"""Clients, tickets and outages out of a database, as the service levels know them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sothat.exporters.business.reading import Answer, DatabaseReader, QueryFailed
from sothat.exporters.database.target import Target
from sothat.exporters.source import Deadline
from sothat.model.policy import Client, Policy, Priority
from sothat.service_levels.attainment import Ticket
from sothat.service_levels.intervals import Interval

# What may be asked, and the columns that the answers must have; times are epoch seconds, NULL
# while it has not happened.
QUERIES: Mapping[str, tuple[str, ...]] = {
    "clients": ("client", "contract"),
    "tickets": ("id", "client", "priority", "created_at", "first_response_at", "resolved_at"),
    "pauses": ("id", "began_at", "ended_at"),
    "outages": ("client", "began_at", "ended_at"),
    "planned": ("began_at", "ended_at"),
    "sites": ("site", "client"),
}
_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Served:
    """A client, and when their contract began and ends; None: before and after all months."""

    client: Client
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened.

    Attributes:
        served: The clients.
        tickets: By client.
        outages: By client.
        planned: Planned work beside the policy's windows.
        sites: The clients of each site.
        tracked: Whether anybody keeps record of outages.
    """

    served: tuple[Served, ...]
    tickets: Mapping[str, tuple[Ticket, ...]] = field(default_factory=dict)
    outages: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    planned: tuple[Interval, ...] = ()
    sites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tracked: bool = False


class Queries:
    """The queries of one configuration."""

    def __init__(self, target: Target, asked: Mapping[str, str], most: int) -> None:
        self._target = target
        self._asked = asked
        self._most = most

    def facts(self, policy: Policy, now: datetime, deadline: Deadline) -> Facts:
        """Return what the database says happened until now.

        Raises:
            QueryFailed: It does not answer, or not in the form that is wanted.
        """
        seconds = deadline.remaining() * _SHARE
        reader = DatabaseReader(self._target, seconds)
        try:
            rows = {
                name: self._rows(reader, name, now.timestamp(), seconds) for name in self._asked
            }
        finally:
            reader.close()
        try:
            return _facts(policy, rows, now)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise QueryFailed(f"a row is not as it should be: {error}") from error

    def _rows(
        self, reader: DatabaseReader, name: str, now: float, seconds: float
    ) -> Sequence[Mapping[str, Any]]:
        answer = reader.ask(self._asked[name], now, self._most, seconds)
        if len(answer.rows) > self._most:
            raise QueryFailed(f"{name}: more than {self._most} rows")
        return [*_named(name, answer)]


def _named(name: str, answer: Answer) -> Iterator[Mapping[str, Any]]:
    if missing := set(QUERIES[name]) - set(answer.columns):
        raise QueryFailed(f"{name}: the query gives no column {min(missing)}")
    return (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)


_Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def of_policy(policy: Policy) -> tuple[Served, ...]:
    """Return the clients that the policy itself names."""
    return tuple(map(Served, policy.clients.values()))


def _facts(policy: Policy, rows: _Rows, now: datetime) -> Facts:
    served = (
        tuple(_served(policy, row) for row in rows["clients"])
        if "clients" in rows
        else of_policy(policy)
    )
    pauses = _grouped(rows.get("pauses", ()), "id", lambda row: _interval(row, now))
    tickets = _grouped(rows.get("tickets", ()), "client", lambda row: _ticket(row, pauses))
    outages = _grouped(rows.get("outages", ()), "client", lambda row: _interval(row, now))
    planned = tuple(_interval(row, now) for row in rows.get("planned", ()))
    sites = _grouped(rows.get("sites", ()), "site", lambda row: str(row["client"]))
    of_sites = {site: frozenset(clients) for site, clients in sites.items()}
    return Facts(served, tickets, outages, planned, of_sites, tracked="outages" in rows)


def _served(policy: Policy, row: Mapping[str, Any]) -> Served:
    known = policy.clients.get(str(row["client"]))
    calendar = row.get("calendar") or (known.calendar if known else "")
    client = Client(str(row["client"]), str(row["contract"]), str(calendar))
    return Served(client, _moment(row.get("starts_at")), _moment(row.get("ends_at")))


def _ticket(row: Mapping[str, Any], pauses: Mapping[str, tuple[Interval, ...]]) -> Ticket:
    created = _moment(row["created_at"])
    if created is None:
        raise ValueError(f"the ticket {row['id']} was created at no time")
    return Ticket(
        str(row["client"]),
        Priority(str(row["priority"])),
        created,
        _moment(row["first_response_at"]),
        _moment(row["resolved_at"]),
        pauses.get(str(row["id"]), ()),
    )


def _interval(row: Mapping[str, Any], now: datetime) -> Interval:
    """Return when something was; what has not ended lasts until now."""
    start = _moment(row["began_at"])
    if start is None:
        raise ValueError("something began at no time")
    return Interval(start, max(start, _moment(row["ended_at"]) or now))


def _moment(raw: Any) -> datetime | None:
    return None if raw is None else datetime.fromtimestamp(float(raw), UTC)


def _grouped(
    rows: Sequence[Mapping[str, Any]], key: str, made: Callable[[Mapping[str, Any]], Any]
) -> Mapping[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(str(row[key]), []).append(made(row))
    return {name: tuple(values) for name, values in found.items()}
