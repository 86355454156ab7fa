"""A month made up by us, small enough to be worked out by hand: October 2026 in Berlin.

Clocks go back on Sunday the 25th: 03:00 CEST becomes 02:00 CET, so the month has 745 hours, and the
night's maintenance windows are an hour longer than their walls say.
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sothat.model.policy import Client, Policy, Priority
from sothat.service_levels.attainment import Ticket
from sothat.service_levels.intervals import Interval

BERLIN = ZoneInfo("Europe/Berlin")
YEAR, MONTH = 2026, 10
# The whole month with us, on the standard contract: 99.9 % and credits of 10, 25 and 50 %.
ALPHA = Client("client-alpha", "standard", "head-office")
# From the 16th at noon, on the extended contract: 99.95 %.
BETA = Client("client-beta", "extended", "head-office")
# The whole month, on the premium contract: 99.99 %.
GAMMA = Client("client-gamma", "premium", "head-office")


def at(text: str, fold: int = 0) -> datetime:
    """Return a moment on Berlin's walls; the second time that they show it with ``fold=1``."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN, fold=fold)


def between(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


BETA_SINCE = at("10-16T12:00")
# The incident over the night in which the clocks go back, and two more.
ACROSS = between("10-24T23:30", "10-25T08:45")
LONG = between("10-20T09:00", "10-20T14:00")
EARLY = between("10-10T00:00", "10-11T00:00")
OUTAGES = {
    ALPHA.name: (ACROSS,),
    BETA.name: (EARLY, LONG, ACROSS),
    GAMMA.name: (),
}
# Prometheus was down for two hours in which gamma's service was owed.
UNMEASURED = between("10-14T10:00", "10-14T12:00")
# When the month is looked at: an hour after its end.
NOW = at("11-01T01:00")

FRIDAY_EVENING = Ticket(
    ALPHA.name, Priority.P3, at("10-23T16:00"), at("10-26T13:59"), at("10-27T09:00")
)
IN_THE_NIGHT = Ticket(
    ALPHA.name, Priority.P1, at("10-25T01:30"), at("10-25T02:10", fold=1), at("10-25T08:45")
)
FORGOTTEN = Ticket(ALPHA.name, Priority.P2, at("10-29T17:00"))
NOT_DUE_YET = Ticket(ALPHA.name, Priority.P4, at("10-30T10:00"))
TICKETS = (FRIDAY_EVENING, IN_THE_NIGHT, FORGOTTEN, NOT_DUE_YET)


def policy(shipped: Policy) -> Policy:
    """Return the shipped policy with the month's clients."""
    clients = {client.name: client for client in (ALPHA, BETA, GAMMA)}
    return replace(shipped, clients=MappingProxyType(clients))
