"""Network and synthetic checks: can sites, names and services be reached, and how fast."""

from typing import Final

from sothat.dashboards import links, marks, tables, variables
from sothat.dashboards.declared import (
    bands_of_states,
    board,
    folded,
    group,
    line,
    listing,
    tile,
)
from sothat.dashboards.empty import NO_PROBE
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.query import rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import UP_DOWN

_CHOSEN: Final = f'{variables.OF_JOB},instance=~"$instance"'
_NO_JOURNEY: Final = "no data: no module of type journey is probed"
_NO_SNMP: Final = "no data: no switch or router is asked; scrape snmp_exporter"

BOARD = board(
    "technical",
    links.NETWORK,
    "Network: probes, DNS",
    "What cannot be reached from where, and is it the line, the name or the service?",
    group(
        "",
        tile(
            "Targets that fail",
            "Probed targets whose last probe failed.",
            (f"count(probe_success{{{_CHOSEN}}} == 0) or 0 * count(probe_success)", ""),
            empty=NO_PROBE,
            bands=Bands(GOOD, ((1, BAD),), "target: none"),
            tells=["NetworkTargetUnreachable"],
            decimals=0,
            unit="short",
            size=(4, 6),
        ),
        bands_of_states(
            "Targets, up or down",
            "Whether each probe succeeded, by target.",
            (f"min by (job, instance) (probe_success{{{_CHOSEN}}})", "{{instance}}, {{job}}"),
            empty=NO_PROBE,
            words=UP_DOWN,
            size=(12, 6),
        ),
        listing(
            "Certificates that end first",
            "Days until the certificate of a target ends; renew in time.",
            rows("sort(instance:tls_certificate_seconds_left:min)"),
            [
                Column("instance", "Target", least=150),
                Column(tables.VALUE, "Ends in", 110, unit="s"),
            ],
            empty="no data: no target with TLS is probed",
            sort="Ends in",
            size=(8, 6),
        ),
    ),
    group(
        "Reach and time",
        line(
            "Successful probes",
            "Share of the last probes that succeeded, by target.",
            (f"instance_job:probe_success:ratio{{{_CHOSEN}}}", "{{instance}}, {{job}}"),
            empty=NO_PROBE,
            tells=["NetworkTargetUnreachable"],
        ),
        line(
            "Time of a probe",
            "From its beginning to its end; of one that fails, until it gave up.",
            (f"instance_job:probe_duration_seconds:mean{{{_CHOSEN}}}", "{{instance}}, {{job}}"),
            empty=NO_PROBE,
        ),
        line(
            "Round trip",
            "How long a packet takes there and back.",
            (f"instance:probe_round_trip_seconds:mean{{{variables.ON_HOST}}}", "{{instance}}"),
            empty="no data: no module of type icmp is probed",
            long=True,
            alerts=["NetworkRoundTripSlow"],
        ),
        line(
            "Packets that arrive",
            "Share of the packets that came back; below 1, calls stutter and sessions break.",
            (f"instance_job:probe_packet_delivery:ratio{{{_CHOSEN}}}", "{{instance}}, {{job}}"),
            empty="no data: no module of type icmp is probed",
        ),
        line(
            "Looking up a name",
            "How long DNS takes; a slow name makes every first request slow.",
            (f"instance:probe_dns_lookup_seconds:mean{{{variables.ON_HOST}}}", "{{instance}}"),
            empty="no data: no module of type dns is probed",
            long=True,
            alerts=["NetworkDnsSlow"],
        ),
        line(
            "Loading a page",
            "How long a page takes from outside, as a user's browser would.",
            (f"instance:probe_page_load_seconds:mean{{{variables.ON_HOST}}}", "{{instance}}"),
            empty="no data: no module of type http is probed",
            long=True,
            alerts=["UserPageSlow"],
        ),
    ),
    folded(
        "Journeys of users, step by step",
        line(
            "Journeys: how far they come",
            "Share of a journey's steps that went as they should; below 1, a user would be stuck.",
            (
                "min by (instance) (probe_journey_steps_succeeded / probe_journey_steps)",
                "{{instance}}",
            ),
            empty=_NO_JOURNEY,
            long=True,
            unit="percentunit",
            size=(12, 7),
        ),
        line(
            "Journeys: time of each step",
            "Which step of a journey is the slow one.",
            (
                "max by (instance, step) (probe_journey_step_duration_seconds)",
                "{{instance}} {{step}}",
            ),
            empty=_NO_JOURNEY,
            size=(12, 7),
        ),
    ),
    folded(
        "Lines of switches and routers",
        line(
            "Lines, inward",
            "Share of a line's speed in use; near the top, packets are dropped.",
            ("instance_interface:network_receive:ratio", "{{instance}} {{interface}}"),
            empty=_NO_SNMP,
            alerts=["NetworkInterfaceSaturated"],
            unit="percentunit",
        ),
        line(
            "Lines, outward",
            "Share of a line's speed in use; near the top, packets are dropped.",
            ("instance_interface:network_transmit:ratio", "{{instance}} {{interface}}"),
            empty=_NO_SNMP,
            alerts=["NetworkInterfaceSaturated"],
            unit="percentunit",
        ),
        line(
            "Errors on lines",
            "Broken packets a second; any steady rate means cable, port or optics.",
            ("instance_interface:network_errors:rate", "{{instance}} {{interface}}"),
            empty=_NO_SNMP,
            alerts=["NetworkInterfaceErrors"],
        ),
    ),
    filters=[
        variables.choice("job", "Kind of probe", "instance_job:probe_success:ratio"),
        variables.choice("instance", "Target", 'instance_job:probe_success:ratio{job=~"$job"}'),
    ],
    marks=[*marks.USUAL],
    topics=["network", "probes"],
)
