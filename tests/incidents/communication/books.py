"""A book of public names, incidents, and texts about them, for the tests of this folder."""

from collections.abc import Mapping
from types import MappingProxyType

from sothat.incidents.communication.book import (
    STATUS_PAGE,
    Audience,
    AudienceKind,
    Book,
    PublicSite,
    Service,
)
from sothat.incidents.communication.telling import Office
from sothat.incidents.incident import Change, Clocks, Incident, Promise, State
from sothat.model.policy import Priority

from ..bench import MINUTE, T0  # noqa: TID252 – tests of one tree
from ..conftest import policy_of_tests  # noqa: TID252 – tests of one tree

DOORS = Service(
    "doors", "Doors", "you tap your phone and walk through", ({"alertname": ("DoorSilent",)},)
)
INSIDE = Service("inside", "Our own tools", "we work", ({"alertname": ("Ours",)},), internal=True)
BOOK = Book(
    signature="The service team",
    zone="Europe/Berlin",
    services=MappingProxyType({"doors": DOORS, "inside": INSIDE}),
    sites=MappingProxyType(
        {"n": PublicSite("n", "North House"), "s": PublicSite("s", "South House", listed=False)}
    ),
    audiences=MappingProxyType(
        {
            "engineers": Audience("engineers", AudienceKind.INTERNAL, ("office",)),
            "board": Audience("board", AudienceKind.EXECUTIVES, ("office",)),
            "north": Audience("north", AudienceKind.CUSTOMERS, ("mail",), sites=("n",)),
            STATUS_PAGE: Audience(STATUS_PAGE, AudienceKind.CUSTOMERS),
        }
    ),
    public_hosts=("status.example.com",),
)
OFFICE = Office(BOOK, policy_of_tests(), ("anna-meier",), "https://inside.example.net", "")


def incident(
    labels: Mapping[str, str] = MappingProxyType({"alertname": "DoorSilent", "site": "n"}),
    state: State = State.OPEN,
    priority: Priority = Priority.P2,
    promise: Promise = Promise("A door is silent", alertname="DoorSilent"),  # noqa: B008 – frozen
) -> Incident:
    """Return an incident of the service ``doors``."""
    over = state in (State.RESOLVED, State.VERIFIED, State.CLOSED)
    return Incident(
        id=7,
        key="k",
        state=state,
        priority=priority,
        team="building-operations",
        promise=promise,
        labels=labels,
        opened_at=T0,
        resolved_at=T0 + 30 * MINUTE if over else None,
        update_due=None if over else T0 + 60 * MINUTE,
        site=labels.get("site", ""),
        clocks=Clocks(started=T0, priorities=(Change(T0, priority),)),
    )
