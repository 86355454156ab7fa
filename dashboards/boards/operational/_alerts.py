"""Open alerts and incidents: the first screen of the operational board."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, links, tables, units
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.links import Link
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.panels import stat
from sothat.dashboards.query import FIRING_HERE, WATCHED, all_sites, now, or_row, or_zero, rows
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import PRIORITIES, Word, actions

# Where nothing fires, the runbook link leads to the list of all runbooks.
_CALM: Final = "."


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles from the figures to the table of alerts."""
    yield _firing()
    yield _by_state(kit)
    yield _overdue(kit)
    yield _devices_down(kit)
    yield _gateways_down(kit)
    yield _collectors_failing(kit)
    yield _to_act_on(kit)


def _firing() -> Tile:
    face = Face(
        "Alerts firing",
        "Alerts that fire now, also those that a cause elsewhere mutes.",
        units.COUNT,
        empty.BLIND,
        Bands(GOOD, ((1, ATTENTION),)),
        decimals=0,
    )
    return stat(face, now(or_zero(f"count({FIRING_HERE})", WATCHED)))


def _by_state(kit: Kit) -> Tile:
    name = "incidents_open"
    face = Face(
        "Incidents",
        "Open: nobody has taken it yet. Acknowledged: somebody works on it.",
        kit.unit(name),
        empty.NO_INCIDENTS,
        decimals=0,
        links=_incident_page(kit),
    )
    waiting = now(f'sum({name}{{state="open"}})', "open", Bands(GOOD, ((1, BAD),)))
    taken = now(f'sum({name}{{state="acknowledged"}})', "acknowledged")
    return stat(face, waiting, taken, size=(5, 5))


def _overdue(kit: Kit) -> Tile:
    name = "incidents_acknowledge_overdue"
    alerts = ("IncidentAcknowledgeOverdue",)
    bands = kit.bands(*alerts)
    face = Face(
        "Overdue",
        kit.describe("Incidents that nobody took within their priority's time.", *alerts),
        kit.unit(name),
        empty.NO_INCIDENTS,
        bands if bands.steps else Bands(GOOD, ((1, BAD),)),
        decimals=0,
        links=_incident_page(kit),
    )
    return stat(face, now(f"sum({name})", bands.words or "target: none"), size=(3, 5))


def _devices_down(kit: Kit) -> Tile:
    face = Face(
        "Devices down",
        kit.describe("Building devices that do not answer.", "IotDeviceOffline"),
        kit.unit("tuya_device_up"),
        empty.NO_DEVICE,
        Bands(GOOD, ((1, ATTENTION),)),
        decimals=0,
        links=(links.drill(links.FLEET, "Where they are"),),
    )
    expr = 'sum(1 - tuya_device_up{site=~"$site",gateway=~"$gateway"})'
    return stat(face, now(expr, "target: none"))


def _gateways_down(kit: Kit) -> Tile:
    face = Face(
        "Gateways down",
        kit.describe("Gateways that do not answer, with all devices behind.", "IotGatewayDown"),
        kit.unit("tuya_gateway_up"),
        empty.NO_GATEWAY,
        Bands(GOOD, ((1, BAD),)),
        decimals=0,
    )
    expr = 'sum(1 - tuya_gateway_up{site=~"$site",gateway=~"$gateway"})'
    return stat(face, now(expr, "target: none"))


def _collectors_failing(kit: Kit) -> Tile:
    name = "sothat_exporter_collector_success"
    alerts = ("ExporterCollectorFailing",)
    face = Face(
        "Collectors failing",
        kit.describe("Collectors whose last run failed: their figures are missing.", *alerts),
        kit.unit(name),
        empty.NO_EXPORTER,
        Bands(GOOD, ((1, ATTENTION),)),
        decimals=0,
        links=(links.drill(links.MONITORING, "Exporter internals"),),
    )
    return stat(face, now(f"sum(1 - {name})", "target: none"))


def _to_act_on(kit: Kit) -> Tile:
    face = Face(
        "What to do now",
        "One row for each firing alert and site, the most urgent first. The action links to its "
        "runbook; the site to its devices.",
        units.NONE,
        empty.BLIND,
    )
    todo = {_CALM: Word("Nothing to do: no alert fires", GOOD), **actions(kit.catalogue.alerts)}
    devices = links.drill(links.DEVICE, "Device details", site="${__value.raw}")
    columns = [
        Column("action", "Do", words=todo, links=_runbook(kit), least=330),
        Column("priority", "Priority", 110, PRIORITIES),
        Column("alertname", "Alert", 240, {_CALM: Word("–")}),
        Column("site", "Site", 130, links=(devices,)),
        Column("team", "Team", 180),
        Column(tables.VALUE, "Causes", 80, unit=units.COUNT),
    ]
    groups = f"count by (priority, alertname, site, team) ({FIRING_HERE})"
    expr = all_sites(or_row(groups, WATCHED, "alertname", _CALM))
    # Two columns show one label: what to do about the alert, and its name.
    query = rows(f'label_replace({expr}, "action", "$1", "alertname", "(.*)")')
    return table(face, query, columns, sort="Priority", size=(24, 9))


def _runbook(kit: Kit) -> tuple[Link, ...]:
    address = kit.address("incidents")
    if not address:
        return ()
    return (Link("Runbook", f"{address}/runbooks/${{__value.raw}}", outside=True),)


def _incident_page(kit: Kit) -> tuple[Link, ...]:
    address = kit.address("incidents")
    return (Link("Incidents", f"{address}/", outside=True),) if address else ()
