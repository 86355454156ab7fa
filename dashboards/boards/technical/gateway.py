"""Gateways: do they answer, what hangs on them, are they full."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bands_of_states, bars, board, group, line, tile
from sothat.dashboards.empty import NO_GATEWAY
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.words import UP_DOWN

_OF: Final = variables.AT_GATEWAY
_RECORDED: Final = 'site=~"$site",gateway=~"$gateway"'
_BY: Final = "{{gateway}}, {{site}}"
_RATE: Final = "[$__rate_interval]"
_NOT_TOLD: Final = "no data: no chosen gateway reports this; most products do not"


def _figure(name: str) -> tuple[str, str]:
    """Return the query of a gateway's figure, one series a gateway."""
    return f"max by (site, gateway) ({name}{{{_OF}}})", _BY


BOARD = board(
    "technical",
    links.GATEWAY,
    "Gateways: state, devices",
    "Which gateway is down or full, and who hangs on it?",
    group(
        "",
        tile(
            "Gateways down",
            "Gateways that do not answer, with all devices behind.",
            (f"sum(1 - tuya_gateway_up{{{_OF}}})", "target: none"),
            empty=NO_GATEWAY,
            bands=Bands(GOOD, ((1, BAD),)),
            unit="short",
            decimals=0,
            size=(4, 7),
        ),
        bands_of_states(
            "Up or down",
            "Whether each gateway answers.",
            (f"min by (site, gateway) (tuya_gateway_up{{{_OF}}})", "{{gateway}}"),
            empty=NO_GATEWAY,
            words=UP_DOWN,
            alerts=["IotGatewayDown"],
            size=(12, 7),
        ),
        bars(
            "Devices behind",
            "How many devices go silent when the gateway does.",
            (f"sort_desc(site_gateway:tuya_gateway_children:max{{{_RECORDED}}})", _BY),
            empty=NO_GATEWAY,
            decimals=0,
            size=(8, 7),
        ),
    ),
    group(
        "How well they serve",
        line(
            "Response time",
            "How long a gateway takes to answer; slow ones are full or far away.",
            (f"site_gateway:tuya_gateway_response_duration_seconds:mean{{{_RECORDED}}}", _BY),
            empty=NO_GATEWAY,
            alerts=["IotGatewaySlow"],
        ),
        line(
            "Devices behind that answer",
            "Share of the devices behind a gateway that answer.",
            (
                (
                    'sum by (site, gateway) (tuya_device_up{site=~"$site",gateway=~"$gateway",'
                    'gateway!=""}) / count by (site, gateway) (tuya_device_up{site=~"$site",'
                    'gateway=~"$gateway",gateway!=""})'
                ),
                _BY,
            ),
            empty="no data: no device is behind a gateway",
            unit="percentunit",
        ),
        line(
            "Messages",
            "Messages that gateways deliver a second; one that is up and silent is stuck.",
            (f"sum by (site, gateway) (rate(tuya_gateway_messages_total{{{_OF}}}{_RATE}))", _BY),
            empty=NO_GATEWAY,
        ),
        line(
            "Commands that wait",
            "Calls to devices behind the gateway that wait for their turn.",
            _figure("tuya_gateway_queue_depth"),
            empty=NO_GATEWAY,
        ),
        line(
            "Connections made",
            "How often a gateway connected within an hour; a healthy one stays connected.",
            (f"sum by (site, gateway) (increase(tuya_gateway_connects_total{{{_OF}}}[1h]))", _BY),
            empty=NO_GATEWAY,
            tells=["IotGatewayFlapping"],
        ),
        line(
            "Load",
            "Share of the gateway's processor in use.",
            _figure("tuya_gateway_load_ratio"),
            empty=_NOT_TOLD,
        ),
        line(
            "Memory",
            "Share of the gateway's memory in use.",
            _figure("tuya_gateway_memory_used_ratio"),
            empty=_NOT_TOLD,
            tells=["IotGatewayNearlyFull"],
        ),
        line(
            "Storage",
            "Share of the gateway's storage in use.",
            _figure("tuya_gateway_storage_used_ratio"),
            empty=_NOT_TOLD,
        ),
    ),
    filters=[*variables.place(), variables.gateway()],
    marks=[*marks.USUAL, marks.FIRMWARE],
    topics=["iot", "gateways"],
)
