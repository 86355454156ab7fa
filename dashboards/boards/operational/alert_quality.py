"""Alert quality: which alerts are noise, which flap, which nobody acts on."""

from typing import Final

from sothat.dashboards import links, tables
from sothat.dashboards.declared import area, bars, board, group, line, listing, tile
from sothat.dashboards.empty import BLIND, NO_ALERTMANAGER, NO_EVENT_YET, NO_INCIDENTS
from sothat.dashboards.palette import GOOD
from sothat.dashboards.query import FIRING, or_row, rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import Word

_CALM: Final = "none"
_OPENED: Final = "sum(increase(incidents_opened_total[1d]))"
_TAKEN: Final = "sum(increase(incidents_acknowledged_total[1d]))"
_PENDING: Final = 'ALERTS{alertstate="pending"}'
_PER_ALERT: Final = FIRING
_RULES_RUN: Final = "prometheus_rule_evaluations_total"

BOARD = board(
    "operational",
    links.ALERT_QUALITY,
    "Alert quality and noise",
    "Which alerts cost attention and earn none?",
    group(
        "",
        tile(
            "Incidents within a day",
            "More than people can act on, and they stop believing.",
            (_OPENED, ""),
            empty=NO_INCIDENTS,
            alerts=["AlertNoiseHigh"],
            unit="short",
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "Taken by somebody",
            "Share of a day's incidents that somebody acknowledged; what nobody takes is noise.",
            (f"clamp_max({_TAKEN} / ({_OPENED} > 0), 1)", "1 day"),
            empty="no incident within the last day",
            unit="percentunit",
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "Came back within a day",
            "Incidents that were opened again: flapping, or not really mended.",
            ("sum(increase(incidents_reopened_total[1d]))", "1 day"),
            empty="no incident has come back yet",
            unit="short",
            decimals=0,
            size=(5, 6),
        ),
        area(
            "Alerts firing, by priority",
            "How many alerts fire at a time; what fires for days needs a decision, not patience.",
            ("priority:alerts_firing:count", "{{priority}}"),
            empty="no alert has fired in this time, or rules are not evaluated",
            size=(9, 6),
        ),
    ),
    group(
        "The noisiest",
        listing(
            "Most often pending without firing",
            "Share of the last six hours in which an alert was about to fire: its limit lies in "
            "the middle of what is normal.",
            rows(
                or_row(
                    f"topk(10, max by (alertname) (count_over_time({_PENDING}[6h])))",
                    f"count({_RULES_RUN})",
                    "alertname",
                    _CALM,
                )
            ),
            [
                Column(
                    "alertname", "Alert", words={_CALM: Word("None was pending", GOOD)}, least=220
                ),
                Column(tables.VALUE, "Times", 120, unit="short"),
            ],
            empty=BLIND,
            sort="-Times",
            size=(8, 9),
        ),
        listing(
            "Longest firing",
            "Evaluations of the last day in which an alert fired. What fires for long and hurts "
            "nobody should go.",
            rows(
                or_row(
                    f"topk(10, max by (alertname, site) (count_over_time({_PER_ALERT}[1d])))",
                    f"count({_RULES_RUN})",
                    "alertname",
                    _CALM,
                )
            ),
            [
                Column("alertname", "Alert", words={_CALM: Word("None fired", GOOD)}, least=220),
                Column(tables.VALUE, "Evaluations", 120, unit="short"),
                Column("site", "Site", 130),
            ],
            empty=BLIND,
            sort="-Evaluations",
            size=(8, 9),
        ),
        listing(
            "Flapping",
            "How often an alert began within a day; more than a few times is one fault told often.",
            rows(
                or_row(
                    "topk(10, sum by (alertname, site) (changes(ALERTS_FOR_STATE[1d])) > 0)",
                    f"count({_RULES_RUN})",
                    "alertname",
                    _CALM,
                )
            ),
            [
                Column("alertname", "Alert", words={_CALM: Word("None flapped", GOOD)}, least=220),
                Column(tables.VALUE, "Beginnings", 120, unit="short"),
                Column("site", "Site", 130),
            ],
            empty=BLIND,
            sort="-Beginnings",
            size=(8, 9),
        ),
    ),
    group(
        "Held back, and who is bothered",
        line(
            "Suppressed by another alert or a window",
            "Alerts that Alertmanager holds and does not pass on.",
            ("sum by (state) (alertmanager_alerts)", "{{state}}"),
            empty=NO_ALERTMANAGER,
        ),
        line(
            "Incidents an hour",
            "Incidents that were opened within an hour.",
            ("global:incidents_opened:increase", "opened"),
            empty=NO_INCIDENTS,
            alerts=["IncidentsSurging"],
        ),
        bars(
            "By team, within a day",
            "Incidents that each team was given.",
            ("sort_desc(team:incidents_opened:increase)", "{{team}}"),
            empty=NO_EVENT_YET,
            decimals=0,
        ),
    ),
    topics=["alerts", "noise"],
    span="24h",
)
