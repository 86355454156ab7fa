"""The audit log verified, over the API."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from msgspec import Meta
from sothat.incidents.roles import Role
from sothat.incidents.store.sealing import Mark
from sothat.incidents.store.verifying import Verdict, verify
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer
from sothat.incidents.web.models import LARGEST_ID, Answer, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from starlette.responses import Response

_Mark = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,18}:[0-9a-f]{64}(?!\n)$", description="NUMBER:DIGEST, noted before"),
]


class VerificationQuery(Request):
    """Marks that were noted elsewhere: each has to fit still."""

    mark: list[_Mark] = []  # noqa: RUF012 – msgspec copies it


class AuditFault(Answer):
    """An entry that is not as it was written."""

    number: Annotated[int, Meta(description="Its place in the chain")]
    entry: Annotated[int | None, Meta(description="Its id in the log; null: it is not there")]
    what: str


class Verification(Answer):
    """What verifying has found."""

    entries: int
    begins_after: Annotated[int, Meta(description="Up to here retention has let entries go")]
    head: Annotated[str, Meta(description="NUMBER:DIGEST of the last entry: note it elsewhere")]
    faults: list[AuditFault]


VERIFYING: tuple[Operation, ...] = (
    Operation(
        *("verifyAudit", "GET", "/audit/verification", "Say whether the audit log is as written"),
        *(Role.ADMIN, Verification, VerificationQuery),
        scoped=Scoped.WHOLE,
    ),
)


class AuditApi:
    """Answers the operations on the log as a whole."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {"verifyAudit": self._verify}

    async def _verify(self, call: Call) -> Response:
        known = [mark_in(text) for text in call.query.mark]
        found = await self._views.read(partial(verify, known=known))
        return answer(verification(found))


def mark_in(text: str) -> Mark:
    """Return the mark in a text that `Mark` has written.

    Raises:
        Failure: It is none.
    """
    number, _, digest = text.partition(":")
    if int(number) > LARGEST_ID:
        raise Failure(400, "mark: there is no entry of this number")
    return Mark(int(number), digest)


def verification(found: Verdict) -> Verification:
    """Return what verifying has found as an answer."""
    return Verification(
        entries=found.entries,
        begins_after=found.start.number,
        head=str(found.head),
        faults=[AuditFault(number=f.number, entry=f.entry, what=f.what) for f in found.faults],
    )
