"""The JSON API: what each operation does."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sothat.incidents.access.scope import Scope, plain, scope_of
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.incident import Incident
from sothat.incidents.roles import Caller
from sothat.incidents.roster import nanoseconds
from sothat.incidents.store import audit, browsing, tokens
from sothat.incidents.store.browsing import Slice, Wanted, WantedAlerts
from sothat.incidents.store.reading import AlertView
from sothat.incidents.times import format_time
from sothat.incidents.transaction import Transaction
from sothat.incidents.web import models, shapes
from sothat.incidents.web.actions import ACTIONS, Action, order
from sothat.incidents.web.binding import answer
from sothat.incidents.web.duties import duty_shape
from sothat.incidents.web.gate import digest_of
from sothat.incidents.web.openapi import LONGEST_CONDITION, LONGEST_KEY
from sothat.incidents.web.orders import Orders, Wish, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.views import ALERTS_IN_LIST, View, Views
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

_PREFIX = "sothat_"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be answered: who calls, and what was checked of it."""

    request: Request
    caller: Caller
    query: Any
    body: Any

    @property
    def number(self) -> int:
        """Return the incident that the path names."""
        return int(self.request.path_params["id"])


Handler = Callable[[Call], Awaitable[Response]]


class Api:
    """Answers the operations of `sothat.incidents.web.operations`."""

    def __init__(self, views: Views, orders: Orders) -> None:
        self._views = views
        self._orders = orders

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listIncidents": self._list_incidents,
            "showIncident": self._show_incident,
            "showTimeline": self._show_timeline,
            "listAlerts": self._list_alerts,
            "showOnCall": self._show_on_call,
            "readAudit": self._read_audit,
            "listTokens": self._list_tokens,
            "addToken": self._add_token,
            "revokeToken": self._revoke_token,
            **{f"{one.name}Incident": self._commander(one) for one in ACTIONS},
        }

    async def _list_incidents(self, call: Call) -> Response:
        query: models.IncidentsQuery = call.query
        wanted = wanted_of(query, call.caller.scope)
        found, alerts = await self._views.read(partial(_page, wanted=wanted, query=query))
        shown = [shapes.incident_shape(one, alerts[one.id]) for one in found.items]
        return answer(models.IncidentPage(incidents=shown, next=found.following))

    async def _show_incident(self, call: Call) -> Response:
        view = await self._view(call)
        tag = shapes.tag(view.incident, view.last_entry)
        if tag in tags_in(call.request.headers.get("if-none-match", "")):
            return Response(None, 304, {"ETag": tag})
        return await self._shown(view, tag)

    async def _show_timeline(self, call: Call) -> Response:
        await self._view(call)
        query: models.PageQuery = call.query
        found = await self._views.read(
            lambda c: browsing.timeline(c, call.number, query.limit, query.cursor)
        )
        entries = [shapes.note_shape(note) for note in found.items]
        return answer(models.TimelinePage(timeline=entries, next=found.following))

    async def _list_alerts(self, call: Call) -> Response:
        query: models.AlertsQuery = call.query
        wanted = WantedAlerts(
            firing=None if query.status is None else query.status == "firing",
            incident=query.incident,
            labels=_pairs(query.label),
            scope=call.caller.scope,
        )
        found = await self._views.read(
            lambda c: browsing.alerts(c, wanted, query.limit, query.cursor)
        )
        shown = [shapes.alert_shape(number, alert) for number, alert in found.items]
        return answer(models.AlertPage(alerts=shown, next=found.following))

    def _commander(self, action: Action) -> Handler:
        async def handle(call: Call) -> Response:
            headers = call.request.headers
            asked = msgspec.to_builtins(call.body)
            key = key_of(headers.get("idempotency-key"))
            done = deed(call.caller, action.name, call.number, asked, key)
            event = order(action, call.body, call.caller)
            versions = _versions(headers.get("if-match", ""))
            await self._orders.carry_out(Wish(done, event, versions))
            view = await self._view(call)
            return await self._shown(view, shapes.tag(view.incident, view.last_entry))

        return handle

    async def _show_on_call(self, call: Call) -> Response:
        query: models.OnCallQuery = call.query
        at, found = await self._views.duties(_nanoseconds(query.at), query.team, call.caller.scope)
        shown = [duty_shape(one) for one in found]
        return answer(models.OnCall(at=format_time(at), teams=shown))

    async def _read_audit(self, call: Call) -> Response:
        query: models.PageQuery = call.query
        scope = call.caller.scope
        found = await self._views.read(lambda c: audit.audited(c, query.limit, query.cursor, scope))
        entries = [shapes.audit_shape(entry) for entry in found.items]
        return answer(models.AuditPage(entries=entries, next=found.following))

    async def _list_tokens(self, call: Call) -> Response:
        found = await self._views.read(partial(tokens.tokens, scope=call.caller.scope))
        return answer(models.TokenList(tokens=[shapes.token_shape(one) for one in found]))

    async def _add_token(self, call: Call) -> Response:
        wanted: models.NewToken = call.body
        scope = _scope(wanted, call.caller)
        fresh = _PREFIX + secrets.token_urlsafe(32)

        def keep(transaction: Transaction) -> None:
            made = (wanted.name, wanted.role, transaction.now, call.caller.name, None, scope)
            tokens.add_token(transaction, tokens.KnownToken(*made), digest_of(fresh))

        asked = {"name": wanted.name, "role": wanted.role, **plain(scope)}
        await self._orders.record(deed(call.caller, "add-token", None, asked), keep)
        made = models.FreshToken(name=wanted.name, role=wanted.role, token=fresh)
        return answer(made, 201)

    async def _revoke_token(self, call: Call) -> Response:
        name = str(call.request.path_params["name"])
        done = deed(call.caller, "revoke-token", None, {"name": name})
        revoke = partial(tokens.revoke_token, name=name, scope=call.caller.scope)
        await self._orders.record(done, revoke)
        return Response(None, 204)

    async def _shown(self, view: View, tag: str) -> Response:
        deadlines = await self._views.deadlines(view.incident)
        return answer(shapes.detail_shape(view, deadlines), ETag=tag)

    async def _view(self, call: Call) -> View:
        view = await self._views.incident(call.number, call.caller.scope)
        if view is None:
            raise NoSuchIncident(f"there is no incident {call.number}")
        return view


def _scope(wanted: models.NewToken, maker: Caller) -> Scope:
    """Return what a new token sees: what is asked for, else what its maker sees."""
    asked = scope_of({name: getattr(wanted, name) for name in ("teams", "sites", "clients")})
    if not asked.limited:
        return maker.scope
    if not maker.scope.covers(asked):
        raise Failure(403, "a token sees no more than whoever makes it")
    return asked


def wanted_of(query: models.IncidentsQuery, scope: Scope) -> Wanted:
    """Return what a query asks for, of what there is for whoever asks."""
    return Wanted(
        states=tuple(query.states),
        priorities=tuple(query.priorities),
        teams=tuple(query.team),
        site=query.site,
        labels=_pairs(query.label),
        since=_nanoseconds(query.since),
        until=_nanoseconds(query.until),
        words=tuple(query.text.split()),
        scope=scope,
    )


def tags_in(header: str) -> tuple[str, ...]:
    """Return the entity tags of a header; ``*`` and nothing are none: any version will do."""
    tags = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return tuple(tag for tag in tags if tag and tag != "*")


def _page(
    connection: Connection, wanted: Wanted, query: models.IncidentsQuery
) -> tuple[Slice[Incident], Mapping[int, Sequence[AlertView]]]:
    found = browsing.incidents(connection, wanted, query.limit, query.cursor)
    numbers = [incident.id for incident in found.items]
    return found, browsing.alerts_of(connection, numbers, ALERTS_IN_LIST)


def _pairs(labels: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((text.partition("=")[0], text.partition("=")[2]) for text in labels)


def _nanoseconds(when: datetime | None) -> int | None:
    if when is None:
        return None
    # What lies before or after all that the store can hold means its beginning or end.
    return max(-models.LARGEST_ID, min(models.LARGEST_ID, nanoseconds(when)))


def _versions(header: str) -> tuple[str, ...]:
    if len(header) > LONGEST_CONDITION:
        raise Failure(400, f"If-Match: at most {LONGEST_CONDITION} characters")
    return tags_in(header)


def key_of(text: str | None) -> str:
    """Return the caller's own key of a request, empty if there is none."""
    if text is None:
        return ""
    printable = text.isascii() and text.isprintable() and " " not in text
    if not 0 < len(text) <= LONGEST_KEY or not printable:
        raise Failure(400, f"Idempotency-Key: 1 to {LONGEST_KEY} letters, digits and signs")
    return text
