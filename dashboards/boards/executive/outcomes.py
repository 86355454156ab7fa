"""The executive home: which promises to customers are at risk, in words, on one screen."""

from collections.abc import Iterator
from typing import Any, Final

from sothat.dashboards import links, tables, units, variables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.panels import bar_gauge, stat, words
from sothat.dashboards.query import FIRING, WATCHED, all_sites, now, or_row, or_zero, rows, trend
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import PRIORITIES, SAMPLE, Word, promises
from sothat.model.duration import format_duration
from sothat.model.policy import Priority

_SITE: Final = 'site=~"$site"'
# Alerts on hosts and databases belong to no site, and threaten every one of them.
_AT_RISK: Final = FIRING.replace("}", ',site=~"$site|"}')
_BLIND: Final = "nobody can tell: rules or targets are down"
_NO_BUSINESS: Final = "no data: no KPI file is read; see the exporter's collectors"
_NO_INCIDENTS: Final = "no data: the incident service is not scraped"
_CALM: Final = "none"
_ONE_IS: Final = {
    Priority.P1: Bands(GOOD, ((1, BAD),)),
    Priority.P2: Bands(GOOD, ((1, BAD),)),
    Priority.P3: Bands(GOOD, ((1, ATTENTION),)),
    Priority.P4: Bands(),
}


def _sections(kit: Kit) -> Iterator[Section]:
    yield Section([*_figures(kit), *_risks(kit), *_service(kit), _sample_notice(kit)])


def _figures(kit: Kit) -> Iterator[Tile]:
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
        _BLIND,
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
    chosen = _AT_RISK.replace("}", f",{priority}}}")
    return or_zero(f"count(count by (alertname, site) ({chosen}))", WATCHED)


def _open_incidents(kit: Kit) -> Tile:
    record = "priority:incidents_open:sum"
    face = Face(
        "Open incidents",
        "Incidents that are not resolved, by priority. P1 and P2 hurt customers now.",
        kit.unit(record),
        _NO_INCIDENTS,
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
        "no data: no building device is known",
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
        _NO_BUSINESS,
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
        _NO_BUSINESS,
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
        _NO_BUSINESS,
        decimals=1,
    )
    expr = f"sum({record}{{{_SITE}}}) / {units.JOULES_PER_KILOWATT_HOUR:.0f}"
    return stat(face, trend(expr, "this month"), size=(3, 5))


def _risks(kit: Kit) -> Iterator[Tile]:
    yield _risk_table(kit)
    yield _fleet_by_site(kit)


def _risk_table(kit: Kit) -> Tile:
    face = Face(
        "What customers may not be able to rely on",
        "One row for each promise at risk and site, the most urgent first. A click leads to the "
        "alerts behind it and to what is being done.",
        units.NONE,
        _BLIND,
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
    per_promise = f"count by (priority, alertname, site, team) ({_AT_RISK})"
    query = rows(all_sites(or_row(per_promise, WATCHED, "alertname", _CALM)))
    return table(face, query, columns, sort="Priority", size=(16, 8))


def _fleet_by_site(kit: Kit) -> Tile:
    record = "site:tuya_devices_up:ratio"
    alerts = ("IotFleetDegraded",)
    face = Face(
        "Fleet availability by site",
        kit.describe("Share of each site's building devices that answer now.", *alerts),
        kit.unit(record),
        "no data: no building device is known",
        kit.bands(*alerts),
        decimals=1,
        links=(links.drill(links.OPERATIONAL, "This site", site="${__field.labels.site}"),),
    )
    return bar_gauge(face, now(f"sort({record}{{{_SITE}}})", "{{site}}"), size=(8, 8))


def _service(kit: Kit) -> Iterator[Tile]:
    yield _clock(kit, "acknowledge", "taken by somebody")
    yield _clock(kit, "resolve", "over for the customer")
    yield _backlog(kit)
    yield _energy_by_site(kit)


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
        _NO_BUSINESS,
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
        _NO_BUSINESS,
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
        _NO_BUSINESS,
        words=SAMPLE,
    )
    return words(face, now("max(business_sample_data)"), size=(24, 2))


def _variables() -> list[dict[str, Any]]:
    return [variables.site()]


BOARD = Board(
    uid=links.EXECUTIVE,
    title="Executive: promises to customers",
    role="executive",
    description="Which promises to customers are at risk, and how well they are kept.",
    compose=_sections,
    variables=_variables,
    span="1h",
    refresh="30s",
)
