"""A report of somebody's, and what can become of it. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from sothat.incidents.refusal import Refused


class Way(StrEnum):
    """How a report came in."""

    FORM = "form"
    MAIL = "mail"
    API = "api"


class Sort(StrEnum):
    """What a report is about."""

    PROBLEM = "problem"
    BUG = "bug"
    QUESTION = "question"


class Standing(StrEnum):
    """How far a report is."""

    NEW = "new"
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


WAITING = (Standing.NEW, Standing.ASKED)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports; moments in nanoseconds.

    Attributes:
        reporter: The e-mail address that answers go to; empty: there are none.
        name: What they call themselves.
        service: Key of the service, empty if they did not say; likewise ``site``.
        impact: As in the policy's matrix, empty if nobody said; likewise ``urgency``.
        version: Of the software that a bug is in.
        incident: The one that it was accepted into.
        reason: Why it was refused.
        fixed_in: The release that fixes a bug; empty: none is known.
        released_at: When that release was marked, and the reporter told.
    """

    id: int
    at: int
    way: Way
    sort: Sort
    title: str
    text: str
    reporter: str = ""
    name: str = ""
    service: str = ""
    site: str = ""
    impact: str = ""
    urgency: str = ""
    version: str = ""
    state: Standing = Standing.NEW
    incident: int | None = None
    reason: str = ""
    fixed_in: str = ""
    released_at: int | None = None


def accepted(report: Report, incident: int) -> Report:
    """Return a report that has become an incident's.

    Raises:
        Refused: It is decided already.
    """
    _want_waiting(report)
    return replace(report, state=Standing.ACCEPTED, incident=incident)


def refused(report: Report, reason: str) -> Report:
    """Return a report that nothing comes of.

    Raises:
        Refused: It is decided already.
    """
    _want_waiting(report)
    return replace(report, state=Standing.REFUSED, reason=reason)


def asked(report: Report) -> Report:
    """Return a report whose reporter was asked something.

    Raises:
        Refused: It is decided already, or nobody can be asked.
    """
    _want_waiting(report)
    if not report.reporter:
        raise Refused("whoever reported it has left no address: nobody can be asked")
    return replace(report, state=Standing.ASKED)


def answered(report: Report) -> Report:
    """Return a report whose reporter has said more; what was decided stays so."""
    return replace(report, state=Standing.NEW) if report.state is Standing.ASKED else report


def fixed(report: Report, version: str) -> Report:
    """Return a bug with the release that fixes it.

    Raises:
        Refused: It is no bug that somebody works on, or that release is out already.
    """
    if report.sort is not Sort.BUG:
        raise Refused(f"it is a {report.sort}, not a bug")
    if report.state is not Standing.ACCEPTED:
        raise Refused(f"it is {report.state}: accept it first")
    if report.released_at is not None:
        raise Refused(f"{report.fixed_in}, which fixes it, is out already")
    return replace(report, fixed_in=version)


def _want_waiting(report: Report) -> None:
    if report.state not in WAITING:
        where = f" into #{report.incident}" if report.incident is not None else ""
        raise Refused(f"it is {report.state}{where} already")
