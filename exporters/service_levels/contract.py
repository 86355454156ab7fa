"""What the service-levels collector exposes."""

from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label
from sothat.model.policy import Priority

PERIODS = ("month", "last-month")
OUTCOMES = ("kept", "missed", "running")
SEVERAL = "several"
_CLIENT = (Label("client", "Name of the client"), Label("contract", "Name of the contract"))
_PERIOD = Label("period", "The month so far, or the one before", PERIODS)
_CLOCK = Label("clock", "First response, or resolution", ("response", "resolution"))
_PRIORITY = Label("priority", "Priority of the tickets", tuple(map(str, Priority)))
_OF_TICKETS = (*_CLIENT, _PRIORITY, _CLOCK)
_PREFIX = "service_level_"


def contract() -> Contract:
    """Return the contract of the service-levels collector."""
    return Contract("service_levels", _FAMILIES)


_FAMILIES = (
    gauge(
        f"{_PREFIX}attainment_ratio",
        "Share of the promises to a client that fell due in the period and were kept.",
        [*_OF_TICKETS, _PERIOD],
        event=True,
    ),
    gauge(
        f"{_PREFIX}tickets",
        "Promises to a client by how they ended; running ones are not due yet.",
        [*_OF_TICKETS, Label("outcome", "How it ended", OUTCOMES), _PERIOD],
        event=True,
    ),
    gauge(
        f"{_PREFIX}availability_ratio",
        "Availability to a client, planned work left out; of the time that was measured.",
        [*_CLIENT, _PERIOD],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}known_ratio",
        "Share of the owed time for which there is a measurement.",
        [*_CLIENT, _PERIOD],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}availability_objective_ratio",
        "Availability that the contract promises for a month.",
        _CLIENT,
        feature=True,
    ),
    gauge(
        f"{_PREFIX}error_budget_seconds",
        "Outage that the contract allows in the whole month.",
        [*_CLIENT, _PERIOD],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}error_budget_left_seconds",
        "What is left of it; negative when it is overdrawn.",
        [*_CLIENT, _PERIOD],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}site_client_info",
        "Always 1; whom a site serves: once a site, so that its alerts can be told by client.",
        [
            Label("site", "Name of the site"),
            Label("client", f"Name of the client; `{SEVERAL}` where the site serves more than one"),
        ],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}credit_ratio",
        "Share of the month's fee that the client gets back for its availability; the month so "
        "far: if nothing else failed.",
        [*_CLIENT, _PERIOD],
        feature=True,
    ),
)
