"""Which commands a page offers for an incident, the likeliest first. Pure."""

from dataclasses import dataclass

from sothat.incidents.incident import Incident, State
from sothat.incidents.roles import Caller, Role


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: the action's name in the path, and what stands on it."""

    action: str
    text: str


ACKNOWLEDGE = Offer("acknowledge", "Acknowledge")
MITIGATE = Offer("mitigate", "Mitigated")
RESOLVE = Offer("resolve", "Resolved")
VERIFY = Offer("verify", "Verified")
CLOSE = Offer("close", "Close")
REOPEN = Offer("reopen", "Re-open")
RELEASE = Offer("release", "Give back")
ESCALATE = Offer("escalate", "Ask the next level now")
PAUSE = Offer("pause", "Wait on customer")
RESUME = Offer("resume", "Customer answered")
UPDATE = Offer("update", "Send as update")
NOTE = Offer("note", "Add as note")

_NEXT = {
    State.OPEN: (ACKNOWLEDGE, MITIGATE, RESOLVE),
    State.ACKNOWLEDGED: (MITIGATE, RESOLVE),
    State.MITIGATED: (RESOLVE,),
    State.RESOLVED: (VERIFY, CLOSE),
    State.VERIFIED: (CLOSE,),
    State.CLOSED: (),
}


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons of a page.

    Attributes:
        following: What most likely comes next, the likeliest first; within a thumb's reach.
        saying: What is done with a text alone.
        more: All else that the state allows.
    """

    following: tuple[Offer, ...] = ()
    saying: tuple[Offer, ...] = ()
    more: tuple[Offer, ...] = ()


def offers(incident: Incident, caller: Caller) -> Offers:
    """Return what a page offers its visitor."""
    if not caller.role.covers(Role.RESPONDER):
        return Offers()
    following = _NEXT[incident.state]
    if incident.over:
        return Offers(following, (NOTE,), () if incident.merged_into else (REOPEN,))
    held = (ESCALATE,) if incident.state is State.OPEN else (RELEASE,)
    return Offers(following, (UPDATE, NOTE), (*held, RESUME if incident.waiting else PAUSE))
