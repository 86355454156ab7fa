"""Looks at a part's pages and says how it is."""

from sothat.stack.lifecycle import Health
from sothat.stack.part import Part
from sothat.stack.web import Refused, request

OK = 200


def probe(part: Part, *, timeout: float = 2.0) -> Health:
    """Return a part's health as its pages tell it."""
    if not _answers(part, part.healthy, timeout):
        return Health.SILENT
    ready = part.ready == part.healthy or _answers(part, part.ready, timeout)
    return Health.READY if ready else Health.ALIVE


def _answers(part: Part, path: str, timeout: float) -> bool:
    try:
        status, _ = request(part.address, "GET", path, timeout=timeout)
    except Refused:
        return False
    return status == OK
