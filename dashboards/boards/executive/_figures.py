"""The figures of the first line: risks, incidents, availability, SLA, satisfaction, energy."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, links, units
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.panels import stat
from sothat.dashboards.query import FIRING_HERE, WATCHED, now, or_zero, trend
from sothat.dashboards.words import PRIORITIES
from sothat.model.policy import Priority

_SITE: Final = 'site=~"$site"'
_ONE_IS: Final = {
    Priority.P1: Bands(GOOD, ((1, BAD),)),
    Priority.P2: Bands(GOOD, ((1, BAD),)),
    Priority.P3: Bands(GOOD, ((1, ATTENTION),)),
    Priority.P4: Bands(),
}


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return one tile a figure."""
    yield _promises_at_risk()
    yield _open_incidents(kit)
    yield _fleet(kit)
    yield _sla(kit)
    yield _satisfaction(kit)
    yield _energy(kit)


def _promises_at_risk() -> Tile:
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
    )


def _at_risk(priority: str) -> str:
    chosen = FIRING_HERE.replace("}", f",{priority}}}")
    return or_zero(f"count(count by (alertname, site) ({chosen}))", WATCHED)


def _open_incidents(kit: Kit) -> Tile:
    record = "priority:incidents_open:sum"
    face = Face(
        "Open incidents",
        "Incidents that are not resolved, by priority. P1 and P2 hurt customers now.",
        kit.unit(record),
        empty.NO_INCIDENTS,
        decimals=0,
        links=(links.drill(links.OPERATIONAL, "Who is on it"),),
    )
    queries = [
        now(f'sum({record}{{priority="{p}"}})', PRIORITIES[p].text.split()[1], _ONE_IS[p])
        for p in Priority
    ]
    return stat(face, *queries, size=(6, 5))


def _fleet(kit: Kit) -> Tile:
    alerts = ("IotFleetDegraded",)
    bands = kit.bands(*alerts)
    face = Face(
        "Fleet availability",
        kit.describe("Share of the building devices that answer now.", *alerts),
        kit.unit("site:tuya_devices_up:ratio"),
        empty.NO_DEVICE,
        bands,
        decimals=1,
        links=(links.drill(links.OPERATIONAL, "Which devices do not answer"),),
    )
    up, known = (
        f"sum({n}{{{_SITE}}})" for n in ("site:tuya_devices_up:sum", "site:tuya_devices:count")
    )
    return stat(face, trend(f"{up} / {known}", bands.words or "answer now"))


def _sla(kit: Kit) -> Tile:
    alerts = ("SupportSlaAttainmentLow",)
    record = "site:support_sla_attainment_ratio:min"
    bands = kit.bands(*alerts)
    face = Face(
        "SLA attainment",
        kit.describe("Share of support tickets served in time, at the worst site.", *alerts),
        kit.unit(record),
        empty.NO_BUSINESS,
        bands,
        decimals=1,
    )
    return stat(face, trend(f"min({record}{{{_SITE}}})", bands.words or "worst site"))


def _satisfaction(kit: Kit) -> Tile:
    alerts = ("BusinessSatisfactionLow",)
    record = "site:support_satisfaction_ratio:min"
    bands = kit.bands(*alerts)
    face = Face(
        "Satisfaction",
        kit.describe("Satisfaction of users with support, at the least satisfied site.", *alerts),
        kit.unit(record),
        empty.NO_BUSINESS,
        bands,
        decimals=0,
    )
    query = trend(f"min({record}{{{_SITE}}})", bands.words or "worst site")
    return stat(face, query, size=(3, 5))


def _energy(kit: Kit) -> Tile:
    record = "site:energy_saved_joules:sum"
    kit.unit(record)
    face = Face(
        "Energy saved",
        "Energy saved against the baseline, this month so far. Below zero, more was used.",
        units.KILOWATT_HOURS,
        empty.NO_BUSINESS,
        decimals=1,
    )
    expr = f"sum({record}{{{_SITE}}}) / {units.JOULES_PER_KILOWATT_HOUR:.0f}"
    return stat(face, trend(expr, "this month"), size=(3, 5))
