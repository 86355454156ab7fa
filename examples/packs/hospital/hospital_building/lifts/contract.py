"""Which metrics the lifts have."""

from sothat.exporters.declare import flag
from sothat.model.metric import Contract, Label

_LIFT = (Label("lift", "Name of the lift"), Label("use", "Who it is for", ("bed", "visitor")))
UP = flag("lifts_up", "Whether the lift controller could be read.")
RUNS = flag("lift_in_service", "Whether a lift runs.", _LIFT, event=True)
HOLDS = flag(
    "lift_holds_somebody",
    "Whether a lift stands between floors with somebody in it.",
    _LIFT,
    event=True,
)


def contract() -> Contract:
    """Return all families."""
    return Contract("hospital-building-lifts", (UP, RUNS, HOLDS))
