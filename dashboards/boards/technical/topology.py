"""Topology: what hangs on what, from the site to the device."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, graph, group
from sothat.dashboards.empty import NO_DEVICE, NO_GATEWAY

_AT: Final = variables.AT_GATEWAY
_BEHIND: Final = f'tuya_device_up{{{_AT},gateway!=""}}'


def _named(expr: str, id_: str, title: str) -> str:
    """Return series as nodes: each with an id and a title made of its labels."""
    ided = f'label_replace({expr}, "id", "{id_}:$1", "{title}", "(.+)")'
    return f'label_replace({ided}, "title", "$1", "{title}", "(.+)")'


def _edge(expr: str, source: tuple[str, str], target: tuple[str, str]) -> str:
    """Return series as edges between two kinds of nodes, each given by id prefix and label."""
    sourced = f'label_replace({expr}, "source", "{source[0]}:$1", "{source[1]}", "(.+)")'
    aimed = f'label_replace({sourced}, "target", "{target[0]}:$1", "{target[1]}", "(.+)")'
    return f'label_replace({aimed}, "id", "{target[0]}:$1-up", "{target[1]}", "(.+)")'


def _worded(expr: str, less: str) -> str:
    """Return series with their state in words, for a node shows a label and no value."""
    whole = f'label_replace({expr} == 1, "mainstat", "up", "", "")'
    return f'{whole} or label_replace({expr} < 1, "mainstat", "{less}", "", "")'


_NODES: Final = " or ".join(
    (
        _named(_worded('site:tuya_devices_up:ratio{site=~"$site"}', "some DOWN"), "site", "site"),
        _named(
            _worded(f"min by (gateway) (tuya_gateway_up{{{_AT}}})", "DOWN"), "gateway", "gateway"
        ),
        _named(_worded(f"min by (device) ({_BEHIND})", "DOWN"), "device", "device"),
    )
)
_EDGES: Final = " or ".join(
    (
        _edge(
            f"min by (site, gateway) (tuya_gateway_up{{{_AT}}})",
            ("site", "site"),
            ("gateway", "gateway"),
        ),
        _edge(
            f"min by (gateway, device) ({_BEHIND})",
            ("gateway", "gateway"),
            ("device", "device"),
        ),
    )
)

BOARD = board(
    "technical",
    links.TOPOLOGY,
    "Topology: sites, devices",
    "What goes silent when this part fails?",
    group(
        "",
        graph(
            "What hangs on what",
            "Sites, their gateways and the devices behind them. Each "
            "says whether it answers; a site, whether all of its devices do.",
            _NODES,
            _EDGES,
            empty=NO_GATEWAY,
            unit="percentunit",
            size=(24, 27),
        ),
    ),
    group(
        "How much hangs on each",
        bars(
            "Devices behind each gateway",
            "How many devices go silent when the gateway does.",
            (
                (
                    "sort_desc(site_gateway:tuya_gateway_children:max"
                    '{site=~"$site",gateway=~"$gateway"})'
                ),
                "{{gateway}}, {{site}}",
            ),
            empty=NO_GATEWAY,
            decimals=0,
            size=(12, 8),
        ),
        bars(
            "Devices of each floor",
            "The five floors with the most devices.",
            (
                f"sort_desc(topk(5, count by (site, building, floor) (tuya_device_up{{{_AT}}})))",
                "{{building}} {{floor}}, {{site}}",
            ),
            empty=NO_DEVICE,
            decimals=0,
            unit="short",
            size=(12, 8),
        ),
    ),
    filters=[*variables.place(), variables.gateway()],
    marks=[*marks.USUAL],
    topics=["topology", "iot"],
)
