"""What many incidents have in common, and what may help with one: over the API and as pages."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sothat.incidents.analysis.figures import Spread, figures
from sothat.incidents.analysis.knowledge import Suggestion, suggestions
from sothat.incidents.analysis.patterns import Pattern, patterns
from sothat.incidents.incident import Incident, Rules
from sothat.incidents.reviews.content import ReviewContent
from sothat.incidents.roles import Caller, Role
from sothat.incidents.runbooks import Runbook, Runbooks
from sothat.incidents.store import casework, reviewing
from sothat.incidents.store.casework import WantedCases
from sothat.incidents.times import SECOND, format_time
from sothat.incidents.web import analysis_models as models
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer, read_query
from sothat.incidents.web.doing import seen, stored
from sothat.incidents.web.models import LARGEST_ID, Nothing
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.problems import EXPECTED, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visit, Visits
from sothat.model.problem import Unusable
from sothat.service_levels.contracts import calendar_named
from sothat.service_levels.zones import zone_named
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import Route

_SPAN = 90 * 86_400 * SECOND
_MOST_REVIEWS = 1_000
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        *("analyse", "GET", "/analysis", "Figures and patterns over the incidents of a time"),
        *(Role.VIEWER, models.Analysis, models.AnalysisQuery),
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("suggest", "GET", "/incidents/{id}/suggestions"),
        "Say what earlier incidents and runbooks may tell",
        *(Role.VIEWER, models.Suggestions, Nothing),
        scoped=Scoped.INCIDENT,
    ),
)


class AnalysisApi:
    """Answers the operations."""

    def __init__(
        self, views: Views, runbooks: Runbooks, rules: Rules, clock: Callable[[], int]
    ) -> None:
        self._views = views
        self._runbooks = runbooks
        self._clock = clock
        self._zone = _zone_of(rules)

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {"analyse": self._analyse, "suggest": self._suggest}

    async def _analyse(self, call: Call) -> Response:
        return answer(await self.analysis(call.query, call.caller))

    async def _suggest(self, call: Call) -> Response:
        _, found = await self.suggestions(call.number, call.caller)
        shown = [_suggestion_shape(one) for one in found]
        return answer(models.Suggestions(suggestions=shown))

    async def analysis(self, query: models.AnalysisQuery, caller: Caller) -> models.Analysis:
        """Return the analysis that a caller asks for."""
        until = self._clock() if query.until is None else stored(query.until)
        since = until - _SPAN if query.since is None else stored(query.since)
        bounds = (max(-LARGEST_ID, since), until)
        wanted = WantedCases(
            *bounds,
            tuple(query.team),
            tuple(map(str, query.priorities)),
            query.site,
            caller.scope,
        )
        return await self._views.read(lambda c: self._analysed(c, wanted, query.least))

    def _analysed(self, connection: Connection, wanted: WantedCases, least: int) -> models.Analysis:
        found = casework.cases(connection, wanted)
        zone = zone_named(self._zone)
        counted = figures(found.cases, wanted.since, wanted.until, zone)
        return models.Analysis(
            since=format_time(wanted.since),
            until=format_time(wanted.until),
            time_zone=self._zone,
            cut=found.cut,
            count=counted.count,
            per_week=counted.per_week,
            between=_spread_shape(counted.between),
            to_acknowledge=_spread_shape(counted.to_acknowledge),
            to_resolve=_spread_shape(counted.to_resolve),
            distributions={name: dict(values) for name, values in counted.by.items()},
            patterns=[_pattern_shape(one) for one in patterns(found.cases, least, zone)],
        )

    async def suggestions(
        self, number: int, caller: Caller
    ) -> tuple[Incident, tuple[Suggestion, ...]]:
        """Return an incident, and what may help with it.

        Raises:
            NoSuchIncident: There is none of this number for the caller.
        """
        incident, reviewed = await self._views.read(lambda c: _reviewed(c, number, caller))
        return incident, await asyncio.to_thread(self._suggested, incident, reviewed)

    def _suggested(
        self, incident: Incident, reviewed: list[tuple[Incident, ReviewContent]]
    ) -> tuple[Suggestion, ...]:
        return suggestions(incident, reviewed, self._books())

    def _books(self) -> Iterator[Runbook]:
        for name in self._runbooks.names():
            found = self._runbooks.find(name)
            if found is not None:
                yield found


def _reviewed(
    connection: Connection, number: int, caller: Caller
) -> tuple[Incident, list[tuple[Incident, ReviewContent]]]:
    incident = seen(connection, caller, number)
    return incident, list(reviewing.published_of(connection, caller.scope, _MOST_REVIEWS))


def _zone_of(rules: Rules) -> str:
    """Return the time zone of the policy's own calendar; UTC where it has none."""
    try:
        return calendar_named(rules.policy).time_zone
    except Unusable:
        return "UTC"


class AnalysisPages:
    """Shows the analysis, and what may help with an incident."""

    def __init__(self, api: AnalysisApi, visits: Visits, renderer: Renderer) -> None:
        self._api = api
        self._visits = visits
        self._renderer = renderer

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the pages."""
        yield Route("/analysis", self._visits.entered(self._analysis, Scoped.NARROWED))
        path = "/incidents/{id:int}/known"
        yield Route(path, self._visits.entered(self._known, Scoped.INCIDENT))

    async def _analysis(self, visit: Visit) -> Response:
        try:
            query = read_query(visit.request, models.AnalysisQuery)
            found = await self._api.analysis(query, visit.caller)
        except EXPECTED as error:
            return self._refused(visit, error)
        values: dict[str, Any] = {"found": found, "query": query, "order": _ORDER}
        return self._renderer.page("analysis.html", caller=visit.caller, **values)

    async def _known(self, visit: Visit) -> Response:
        number = visit.request.path_params["id"]
        try:
            incident, found = await self._api.suggestions(number, visit.caller)
        except EXPECTED as error:
            return self._refused(visit, error)
        values: dict[str, Any] = {"incident": incident, "found": found}
        return self._renderer.page("known.html", caller=visit.caller, **values)

    def _refused(self, visit: Visit, error: Exception) -> Response:
        failure = failure_of(error)
        template = ("refused.html", failure.status)
        return self._renderer.page(*template, caller=visit.caller, problem=failure.detail)


_ORDER = (
    ("kind", "Alert"),
    ("site", "Site"),
    ("cause", "Cause (of published reviews)"),
    ("weekday", "Weekday"),
    ("hour", "Hour"),
    ("priority", "Priority"),
    ("team", "Team"),
    ("outcome", "Outcome"),
)


def _spread_shape(one: Spread | None) -> models.SpreadShape | None:
    return None if one is None else models.SpreadShape(**asdict(one))


def _pattern_shape(one: Pattern) -> models.PatternShape:
    return models.PatternShape(
        kind=one.kind,
        site=one.site,
        outcome=one.outcome,
        incidents=list(one.incidents),
        intervals=models.SpreadShape(**asdict(one.intervals)),
        every=one.every,
        habits=list(one.habits),
        first=format_time(one.first),
        last=format_time(one.last),
    )


def _suggestion_shape(one: Suggestion) -> models.SuggestionShape:
    return models.SuggestionShape(
        kind="review" if one.kind == "review" else "runbook",
        reference=one.reference,
        title=one.title,
        score=one.score,
        words=list(one.words),
        excerpt=one.excerpt,
    )
