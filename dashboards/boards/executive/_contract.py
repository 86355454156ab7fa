"""How the client with the least margin stands against what the contract promises."""

from typing import Final

from sothat.dashboards import empty, links
from sothat.dashboards.declared import Maker, tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD, PLAIN
from sothat.dashboards.query import now

_OF: Final = 'client=~"$client"'
_REACHED: Final = "service_level_availability_ratio"
_PROMISED: Final = f"service_level_availability_objective_ratio{{{_OF}}}"


def availability() -> Maker:
    """Return the tile of availability against contract, of the client who has least to spare."""
    month, before = (f'{_REACHED}{{{_OF},period="{period}"}}' for period in ("month", "last-month"))
    spare = f"bottomk(1, {month} - on (client, contract) {_PROMISED})"
    return tile(
        "Availability against contract",
        "How long the sites of the client with the least margin could be reached, planned work "
        "left out, and how long the contract says that they must be.",
        now(f"min({month} and on (client) ({spare} >= 0))", "this month: kept", Bands(GOOD)),
        now(f"min({month} and on (client) ({spare} < 0))", "this month: BROKEN", Bands(BAD)),
        now(f"min({_PROMISED} and on (client) {spare})", "promised", Bands(PLAIN)),
        now(f"min({before} and on (client) {spare})", "last month", Bands(PLAIN)),
        empty=empty.NO_CONTRACT,
        tells=["ServiceAvailabilityBelowContract"],
        decimals=2,
        links=(links.drill(links.FLEET, "Where"),),
        size=(5, 5),
    )
