"""Forms of pages: what one sends is done in the name of whoever sent it, and then shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sothat.incidents.roles import Role
from sothat.incidents.web.binding import words_of
from sothat.incidents.web.doing import Asking, Deeds, Doing
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.visits import Visit, Visits
from starlette.responses import RedirectResponse, Response

Fields = dict[str, str]
# Makes what is done of what a form has sent.
Work = Callable[[Visit, Fields], Deeds]


@dataclass(frozen=True, slots=True)
class Forming:
    """Takes forms about incidents."""

    doing: Doing
    visits: Visits

    async def do(self, visit: Visit, action: str, work: Work, typed: Fields, back: str) -> Response:
        """Do what a form asks for; return the way back to its page.

        Args:
            visit: Who sends it; the path names the incident.
            action: Of the audit log.
            work: What is done.
            typed: Filled with what was sent, so that it can be shown again.
            back: Path of the page.

        Raises:
            Failure, LookupError, Refused, StoreUnavailable: Why it was not done.
        """
        want_responder(visit)
        typed.update(await self.visits.fields(visit.request))
        given = typed.pop("by", "")
        number = visit.request.path_params["id"]
        key = self.visits.press(visit.request)
        asking = Asking(visit.caller, action, number, given, dict(typed), key)
        await self.doing.do(asking, work(visit, typed))
        return self.gone(visit, asking.by, back)

    def gone(self, visit: Visit, by: str, back: str) -> Response:
        """Return the way to another page, and let the browser keep the name of who acts."""
        response = RedirectResponse(back, 303)
        if not visit.caller.personal:
            self.visits.remember(response, by)
        return response


def want_responder(visit: Visit) -> None:
    """Refuse the forms of those who may only look.

    Raises:
        Failure: The visitor is one of them.
    """
    if not visit.caller.role.covers(Role.RESPONDER):
        raise Failure(403, f"as {visit.caller.role} you may look, not act")


def checked(kind: type[Any], fields: Mapping[str, Any]) -> Any:
    """Return a form's fields as the body of an operation.

    Raises:
        Failure: They are none.
    """
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(400, words_of(error)) from error
