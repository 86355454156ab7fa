"""How well customers are served: clocks against the policy, backlog, energy saved."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import BAD, GOOD
from sothat.dashboards.panels import bar_gauge, stat, words
from sothat.dashboards.query import now
from sothat.dashboards.words import SAMPLE
from sothat.model.duration import format_duration

_SITE: Final = 'site=~"$site"'


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the clocks, the backlog, the energy, and where the figures come from."""
    yield _clock(kit, "acknowledge", "taken by somebody")
    yield _clock(kit, "resolve", "over for the customer")
    yield _backlog(kit)
    yield _energy_by_site(kit)
    yield _sample_notice(kit)


def _clock(kit: Kit, deed: str, meaning: str) -> Tile:
    record = f"priority:incidents_time_to_{deed}_seconds:mean"
    face = Face(
        f"Mean time to {deed}",
        f"How long it took on average in the last day until an incident was {meaning}. "
        "Judged by the policy's time for the priority.",
        kit.unit(record),
        f"no incident {deed}d within the last day",
        decimals=1,
    )
    queries = []
    for priority, terms in kit.catalogue.policy.priorities.items():
        due = terms.acknowledge if deed == "acknowledge" else terms.resolve
        legend = f"{priority}, due in {format_duration(due)}"
        bands = Bands(GOOD, ((due, BAD),))
        queries.append(now(f'max({record}{{priority="{priority}"}})', legend, bands))
    return stat(face, *queries, size=(6, 7))


def _backlog(kit: Kit) -> Tile:
    name = "business_support_open_tickets"
    face = Face(
        "Support backlog",
        "Support tickets that wait for an answer or a solution, by priority.",
        kit.unit(name),
        empty.NO_BUSINESS,
        decimals=0,
    )
    return bar_gauge(
        face, now(f"sum by (priority) ({name}{{{_SITE}}})", "{{priority}}"), size=(6, 7)
    )


def _energy_by_site(kit: Kit) -> Tile:
    record = "site:energy_saved:ratio"
    alerts = ("BusinessEnergySavingLost",)
    face = Face(
        "Energy saved by site",
        kit.describe(
            "Share of each site's baseline that was not used, this month so far.", *alerts
        ),
        kit.unit(record),
        empty.NO_BUSINESS,
        kit.bands(*alerts),
        decimals=1,
        top=0.5,
    )
    return bar_gauge(face, now(f"sort_desc({record}{{{_SITE}}})", "{{site}}"), size=(6, 7))


def _sample_notice(kit: Kit) -> Tile:
    face = Face(
        "Where the business figures come from",
        "Says whether support and energy figures are measured or made up for a demonstration.",
        kit.unit("business_sample_data"),
        empty.NO_BUSINESS,
        words=SAMPLE,
    )
    return words(face, now("max(business_sample_data)"), size=(24, 2))
