"""Which customers may not be able to rely on what, in words, why, and at which site."""

from typing import Final

from sothat.dashboards import empty, links, tables, units
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.panels import headline
from sothat.dashboards.query import FIRING_HERE, WATCHED, all_sites, now, or_row, rows
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import PRIORITIES, Word, conditions, promises

_CALM: Final = "none"
_SERVES: Final = "service_level_site_client_info"
# What `_SERVES` says of a site that more than one client uses.
_SEVERAL: Final = "several"


def customers(_kit: Kit) -> Tile:
    """Return the names of the customers at risk, each with how many promises."""
    face = Face(
        "Customers at risk, and promises to each",
        "Promises to customers that an alert says may be broken, each site counted once. "
        "The table below says which and why; the operational board says what is being done.",
        units.COUNT,
        empty.BLIND,
        words={"0": Word("every promise is kept", GOOD)},
        decimals=0,
        links=(links.drill(links.OPERATIONAL, "What is being done"),),
    )
    urgent, others = _promises('priority=~"P1|P2"'), _promises('priority!~"P1|P2"')
    nobody = f"({WATCHED}) unless on () ({urgent} or {others})"
    return headline(
        face,
        now(f"count by (client) ({urgent})", "{{client}}", Bands(BAD)),
        now(f"count by (client) ({others})", "{{client}}, less urgent", Bands(ATTENTION)),
        now(f"0 * count({nobody})", "All", Bands(GOOD)),
        size=(24, 4),
    )


def at_stake(kit: Kit) -> Tile:
    """Return the table of promises that are at risk, in the words of SO THAT."""
    face = Face(
        "What they may not be able to rely on, and why",
        "One row for each promise at risk and site, the most urgent first. A click leads to the "
        "alerts behind it and to what is being done.",
        units.NONE,
        empty.BLIND,
    )
    alerts = kit.catalogue.alerts
    sentences = {_CALM: Word("Every promise is kept", GOOD), **promises(alerts)}
    causes = {_CALM: Word("Nothing fires, and everything answers"), **conditions(alerts)}
    behind = links.drill(links.OPERATIONAL, "What is being done", site="${__data.fields.Site}")
    columns = [
        Column("client", "Customer", 140),
        Column("alertname", "Promise at risk", words=sentences, links=(behind,), least=330),
        Column("why", "Because", 520, causes),
        Column("priority", "Priority", 100, PRIORITIES),
        Column("site", "Site", 130),
        Column("team", "Handled by", 160),
        Column(tables.VALUE, "Causes", 80, unit=units.COUNT),
    ]
    firing = f"count by (priority, alertname, site, team) ({FIRING_HERE})"
    found = or_row(_of_clients(firing), WATCHED, "alertname", _CALM)
    query = rows(_copied(_all_clients(all_sites(found)), "why", "alertname"))
    return table(face, query, columns, sort="Priority", size=(24, 7))


def _promises(priority: str) -> str:
    chosen = FIRING_HERE.replace("}", f",{priority}}}")
    return _all_clients(_of_clients(f"count by (alertname, site) ({chosen})"))


def _of_clients(expr: str) -> str:
    """Return series of sites with the client of each; those of no client's site as they are."""
    known = f'max by (site, client) ({_SERVES}{{client=~"$client|{_SEVERAL}"}})'
    ours = f"({expr}) * on (site) group_left (client) ({known})"
    return f"({ours}) or (({expr}) unless on (site) {_SERVES})"


def _all_clients(expr: str) -> str:
    """Return series with client ``All`` where one concerns no client more than others."""
    return f'label_replace({expr}, "client", "All", "client", "")'


def _copied(expr: str, label: str, source: str) -> str:
    """Return series with a label's value under a second name: for a second column."""
    return f'label_replace({expr}, "{label}", "$1", "{source}", "(.+)")'
