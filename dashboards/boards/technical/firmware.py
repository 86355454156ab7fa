"""Firmware roll-out: how far each campaign is, what holds it, which devices have failed."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bars, board, group, line, listing, tile
from sothat.dashboards.empty import NO_CAMPAIGN as EMPTY
from sothat.dashboards.empty import NO_DEVICE
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.query import or_row, rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import Word

_CALM: Final = "none"
_PROBLEMS: Final = (
    "max by (device, problem, cohort, campaign, site) (firmware_campaign_device_problem)"
)

BOARD = board(
    "technical",
    links.FIRMWARE,
    "Firmware roll-out",
    "How far is the roll-out, does it do harm, and which devices are stuck?",
    group(
        "",
        bars(
            "Devices on their target version",
            "Share of a product's devices at a site that run their target firmware.",
            ("sort(bottomk(5, site_product:tuya_firmware_current:ratio))", "{{product}}, {{site}}"),
            empty="no data: no product has a target version; name one in the inventory",
            tells=["IotFirmwareBehind"],
            size=(10, 8),
        ),
        tile(
            "To be taken back",
            "Campaigns in which so much has gone wrong that the version is to be taken back.",
            ("sum(firmware_campaign_rollback)", ""),
            empty=EMPTY,
            tells=["FirmwareCampaignRollback"],
            bands=Bands(GOOD, ((1, BAD),), "target: none"),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        line(
            "Progress",
            "Share of each cohort that runs the version and has settled.",
            (
                "max by (campaign, cohort) (firmware_campaign_progress_ratio)",
                "{{campaign}} {{cohort}}",
            ),
            empty=EMPTY,
            tells=["FirmwareCampaignHeld"],
            size=(10, 8),
        ),
    ),
    group(
        "Does it do harm",
        line(
            "Errors by group",
            "Errors of a device within an hour, on the version and not on it.",
            (
                "max by (campaign, group) (firmware_campaign_errors_per_hour)",
                "{{campaign}} {{group}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Updates that go well",
            "Share of the attempts that went well, by cohort.",
            (
                "min by (campaign, cohort) (firmware_campaign_success_ratio)",
                "{{campaign}} {{cohort}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Not yet updated",
            "Devices that are not done, by how far they are.",
            (
                'sum by (campaign, state) (firmware_campaign_devices{state!="updated"})',
                "{{campaign}} {{state}}",
            ),
            empty=EMPTY,
            tells=["FirmwareDevicesStuck"],
        ),
        listing(
            "Failed and stuck",
            "Devices that have failed or are stuck, by what is wrong with them.",
            rows(or_row(_PROBLEMS, "count(firmware_campaign_info)", "device", _CALM)),
            [
                Column(
                    "device",
                    "Device",
                    words={_CALM: Word("No device has failed or is stuck", GOOD)},
                    least=220,
                ),
                Column("problem", "Problem", 120),
                Column("cohort", "Cohort", 120),
                Column("campaign", "Campaign", 150),
                Column("site", "Site", 130),
            ],
            empty=EMPTY,
            sort="Device",
            size=(16, 8),
        ),
        bars(
            "Versions in the field",
            "Devices by the version that they run.",
            (
                "sort_desc(count by (product, version) (tuya_device_firmware_info))",
                "{{product}} {{version}}",
            ),
            empty=NO_DEVICE,
            decimals=0,
            unit="short",
            size=(8, 8),
        ),
    ),
    marks=[marks.FIRMWARE, *marks.USUAL],
    topics=["firmware", "iot"],
    span="24h",
)
