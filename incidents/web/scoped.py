"""What of an answer there is for a caller who does not see everything; each operation says it."""

from enum import StrEnum


class Scoped(StrEnum):
    """How an operation or a page is kept within its caller's scope.

    Whoever says nothing of itself is not there for such a caller: nothing gets out by oversight.

    Attributes:
        INCIDENT: ``{id}`` of the path is an incident: it is looked up before anything is done.
        NARROWED: What answers it asks the store through `sothat.incidents.store.narrowing`.
        OPEN: Nothing of any team, site or client is in it.
        WHOLE: It is about the whole installation: there is nothing here.
    """

    INCIDENT = "incident"
    NARROWED = "narrowed"
    OPEN = "open"
    WHOLE = "whole"
