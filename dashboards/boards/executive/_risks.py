"""What customers may not be able to rely on, in words, and at which site."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, links, tables, units
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import GOOD
from sothat.dashboards.panels import bar_gauge
from sothat.dashboards.query import FIRING_HERE, WATCHED, all_sites, now, or_row, rows
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import PRIORITIES, Word, promises

_SITE: Final = 'site=~"$site"'
_CALM: Final = "none"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the table of promises and the sites beside it."""
    yield _risk_table(kit)
    yield _fleet_by_site(kit)


def _risk_table(kit: Kit) -> Tile:
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
    return table(face, query, columns, sort="Priority", size=(16, 8))


def _fleet_by_site(kit: Kit) -> Tile:
    record = "site:tuya_devices_up:ratio"
    alerts = ("IotFleetDegraded",)
    face = Face(
        "Fleet availability by site",
        kit.describe("Share of each site's building devices that answer now.", *alerts),
        kit.unit(record),
        empty.NO_DEVICE,
        kit.bands(*alerts),
        decimals=1,
        links=(links.drill(links.OPERATIONAL, "This site", site="${__field.labels.site}"),),
    )
    return bar_gauge(face, now(f"sort({record}{{{_SITE}}})", "{{site}}"), size=(8, 8))
