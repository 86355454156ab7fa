"""Firmware campaigns: how far each cohort is, what holds it, which devices have failed."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query, rows
from sothat.dashboards.tables import Column, table

_NONE: Final = "no data: no firmware campaign is configured"
_FINE: Final = "no device has failed or is stuck"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on campaigns."""
    yield _progress(kit)
    yield _devices(kit)
    yield _errors(kit)
    yield _problems(kit)


def _progress(kit: Kit) -> Tile:
    name = "firmware_campaign_progress_ratio"
    query = Query(f"max by (campaign, cohort) ({name})", "{{campaign}} {{cohort}}")
    description = "Share of each cohort that runs the version and has settled."
    shown = kit.describe(description, "FirmwareCampaignHeld", "FirmwareCampaignRollback")
    return gauge_line(kit, "Progress", shown, name, query, empty=_NONE)


def _devices(kit: Kit) -> Tile:
    name = "firmware_campaign_devices"
    expr = f'sum by (campaign, state) ({name}{{state!="updated"}})'
    query = Query(expr, "{{campaign}} {{state}}")
    description = "Devices that are not done, by how far they are."
    shown = kit.describe(description, "FirmwareDevicesStuck")
    return gauge_line(kit, "Not yet updated", shown, name, query, empty=_NONE)


def _errors(kit: Kit) -> Tile:
    name = "firmware_campaign_errors_per_hour"
    query = Query(f"max by (campaign, group) ({name})", "{{campaign}} {{group}}")
    description = "Errors of a device within an hour, on the version and not on it."
    return gauge_line(kit, "Errors by group", description, name, query, empty=_NONE)


def _problems(kit: Kit) -> Tile:
    name = "firmware_campaign_device_problem"
    description = "Devices that have failed or are stuck, by what is wrong with them."
    face = Face("Failed and stuck", description, kit.unit(name), _FINE)
    columns = [
        Column("device", "Device"),
        Column("problem", "Problem", 120),
        Column("cohort", "Cohort", 120),
        Column("campaign", "Campaign", 150),
        Column("site", "Site", 130),
    ]
    query = rows(f"max by (device, problem, cohort, campaign, site) ({name})")
    return table(face, query, columns, sort="Device", size=(24, 8))
