"""The operations of the JSON API: what routes, checks and the OpenAPI document are made from."""

from dataclasses import dataclass

from msgspec import Struct
from sothat.incidents.roles import Role
from sothat.incidents.web import models
from sothat.incidents.web.actions import ACTIONS
from sothat.incidents.web.scoped import Scoped

PREFIX = "/api/v1"
_ONE = "/incidents/{id}"
_READING = (400, 401, 403, 404, 405, 421, 429)
_WRITING = (*_READING, 409, 412, 413, 415, 422, 503)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        name: Of its handler, and its operationId.
        path: Below `PREFIX`; ``{id}`` is a number, any other name a segment of text.
        role: What a caller must be.
        answer: The type of a good answer; None for one without a body.
        tagged: Whether it answers an incident with its entity tag, and heeds conditions on it.
        idempotent_by_key: Whether ``Idempotency-Key`` keeps it from being done twice.
        media: The types of a good answer that is no JSON.
        scoped: What of it there is for a caller who does not see everything; nothing, unless said.
    """

    name: str
    method: str
    path: str
    summary: str
    role: Role
    answer: type[Struct] | None
    query: type[Struct] = models.Nothing
    body: type[Struct] | None = None
    status: int = 200
    tagged: bool = False
    idempotent_by_key: bool = False
    media: tuple[str, ...] = ()
    scoped: Scoped | None = None

    @property
    def problems(self) -> tuple[int, ...]:
        """Return the statuses of its errors."""
        return _READING if self.method == "GET" else _WRITING


def _read(
    name: str,
    path: str,
    summary: str,
    answer: type[Struct],
    query: type[Struct] = models.Nothing,
    role: Role = Role.VIEWER,
) -> Operation:
    tagged = answer is models.IncidentDetail
    scoped = Scoped.INCIDENT if path.startswith(_ONE) else Scoped.NARROWED
    return Operation(name, "GET", path, summary, role, answer, query, tagged=tagged, scoped=scoped)


_COMMANDS = tuple(
    Operation(
        f"{action.name}Incident",
        "POST",
        f"{_ONE}/{action.name}",
        action.summary,
        Role.RESPONDER,
        models.IncidentDetail,
        body=action.body,
        tagged=True,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    )
    for action in ACTIONS
)
OPERATIONS: tuple[Operation, ...] = (
    _read(
        *("listIncidents", "/incidents", "List incidents"),
        *(models.IncidentPage, models.IncidentsQuery),
    ),
    _read("showIncident", _ONE, "Show an incident", models.IncidentDetail),
    _read(
        *("showTimeline", f"{_ONE}/timeline", "Read an incident's timeline"),
        *(models.TimelinePage, models.PageQuery),
    ),
    *_COMMANDS,
    _read("listAlerts", "/alerts", "List alerts", models.AlertPage, models.AlertsQuery),
    _read("showOnCall", "/on-call", "Say who is on call", models.OnCall, models.OnCallQuery),
    _read(
        *("readAudit", "/audit", "Read who called which command"),
        *(models.AuditPage, models.PageQuery, Role.ADMIN),
    ),
    _read("listTokens", "/tokens", "List tokens", models.TokenList, role=Role.ADMIN),
    Operation(
        *("addToken", "POST", "/tokens", "Make a token", Role.ADMIN, models.FreshToken),
        body=models.NewToken,
        status=201,
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("revokeToken", "DELETE", "/tokens/{name}", "Revoke a token", Role.ADMIN, None),
        status=204,
        scoped=Scoped.NARROWED,
    ),
)
