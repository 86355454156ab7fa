"""What customers may not be able to rely on, in words, and at which site."""

from typing import Final

from sothat.dashboards import empty, links, tables, units
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.panels import stat
from sothat.dashboards.query import FIRING_HERE, WATCHED, all_sites, now, or_row, or_zero, rows
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import PRIORITIES, Word, promises

_SITE: Final = 'site=~"$site"'
_CALM: Final = "none"


def at_stake(kit: Kit) -> Tile:
    """Return the table of promises that are at risk, in the words of SO THAT."""
    face = Face(
        "What customers may not be able to rely on",
        "One row for each promise at risk and site, the most urgent first. A click leads to the "
        "alerts behind it and to what is being done.",
        units.NONE,
        empty.BLIND,
    )
    sentences = {_CALM: Word("Every promise is kept", GOOD), **promises(kit.catalogue.alerts)}
    behind = links.drill(links.OPERATIONAL, "What is being done", site="${__data.fields.Site}")
    columns = [
        Column("alertname", "Promise at risk", words=sentences, links=(behind,), least=330),
        Column("priority", "Priority", 110, PRIORITIES),
        Column("site", "Site", 130),
        Column("team", "Handled by", 170),
        Column(tables.VALUE, "Causes", 80, unit=units.COUNT),
    ]
    per_promise = f"count by (priority, alertname, site, team) ({FIRING_HERE})"
    query = rows(all_sites(or_row(per_promise, WATCHED, "alertname", _CALM)))
    return table(face, query, columns, sort="Priority", size=(15, 8))


def number_at_stake(_kit: Kit) -> Tile:
    """Return how many promises are at risk, urgent ones apart."""
    face = Face(
        "Promises at risk",
        "Promises to customers that an alert says may be broken, each site counted once. "
        "The table below says which; the operational board says what is being done.",
        units.COUNT,
        empty.BLIND,
        decimals=0,
        links=(links.drill(links.OPERATIONAL, "What is being done"),),
    )
    urgent = _at_risk('priority=~"P1|P2"')
    others = _at_risk('priority!~"P1|P2"')
    return stat(
        face,
        now(urgent, "urgent", Bands(GOOD, ((1, BAD),))),
        now(others, "less urgent", Bands(GOOD, ((1, ATTENTION),))),
        size=(4, 5),
    )


def _at_risk(priority: str) -> str:
    chosen = FIRING_HERE.replace("}", f",{priority}}}")
    return or_zero(f"count(count by (alertname, site) ({chosen}))", WATCHED)
