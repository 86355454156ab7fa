"""Incident trends: do we get better at taking and ending incidents, and at not having them."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import (
    area,
    bars,
    board,
    control_chart,
    group,
    line,
    spread,
    tile,
)
from sothat.dashboards.empty import NO_CLOCK, NO_EVENT_YET, NO_INCIDENTS, NO_TRACKER

_RATE: Final = "[$__rate_interval]"
_URGENT: Final = '{priority=~"P1|P2"}[30d]'

BOARD = board(
    "technical",
    links.INCIDENT_TRENDS,
    "Incident trends",
    "Do we have fewer incidents, take them sooner and end them faster?",
    group(
        "",
        control_chart(
            "Incidents an hour, with control limits",
            "Incidents opened within an hour.",
            "global:incidents_opened:increase",
            empty=NO_INCIDENTS,
            alerts=["IncidentsSurging"],
            size=(14, 8),
        ),
        tile(
            "Time between failures",
            "From the end of an incident to the next of its kind: mean of thirty days, of the two "
            "highest priorities.",
            (
                (
                    f"sum(increase(incidents_time_between_failures_seconds_sum{_URGENT})) "
                    f"/ (sum(increase(incidents_time_between_failures_seconds_count{_URGENT})) > 0)"
                ),
                "P1 and P2, 30 days",
            ),
            empty="no incident of P1 or P2 within thirty days",
            decimals=1,
            size=(5, 8),
        ),
        tile(
            "Clocks kept",
            "Share of the clocks of incidents that were met within a week.",
            (
                (
                    'sum(increase(incidents_deadlines_total{outcome="met"}[7d])) '
                    "/ (sum(increase(incidents_deadlines_total[7d])) > 0)"
                ),
                "7 days",
            ),
            empty="no clock of an incident has ended within a week",
            unit="percentunit",
            decimals=0,
            size=(5, 8),
        ),
    ),
    group(
        "Taking and ending them",
        line(
            "Time to acknowledge",
            "Mean of a day, by priority.",
            ("priority:incidents_time_to_acknowledge_seconds:mean", "{{priority}}"),
            empty=NO_CLOCK,
            alerts=["IncidentAcknowledgeSlow"],
        ),
        line(
            "Time to resolve",
            "Mean of a day, by priority.",
            ("priority:incidents_time_to_resolve_seconds:mean", "{{priority}}"),
            empty=NO_CLOCK,
            alerts=["IncidentResolveSlow"],
        ),
        spread(
            "Time to resolve, all of them",
            "How many incidents took how long: the tail is what customers remember.",
            (f"sum by (le) (rate(incidents_time_to_resolve_seconds_bucket{_RATE}))", ""),
            empty=NO_CLOCK,
            unit="s",
            size=(8, 7),
        ),
    ),
    group(
        "Where they come from",
        bars(
            "By team, within a day",
            "Incidents that each team was given.",
            ("sort_desc(team:incidents_opened:increase)", "{{team}}"),
            empty=NO_EVENT_YET,
            decimals=0,
        ),
        bars(
            "By outcome at stake, within a week",
            "What customers could not rely on.",
            (
                "sort_desc(sum by (outcome) (increase(incidents_outcome_opened_total[7d])))",
                "{{outcome}}",
            ),
            empty=NO_EVENT_YET,
            unit="short",
            decimals=0,
        ),
        bars(
            "By site, within a week",
            "Where incidents happened.",
            (
                "sort_desc(sum by (site) (increase(incidents_outcome_opened_total[7d])))",
                "{{site}}",
            ),
            empty=NO_EVENT_YET,
            unit="short",
            decimals=0,
        ),
        area(
            "Open, by priority",
            "Incidents that are not resolved.",
            ("priority:incidents_open:sum", "{{priority}}"),
            empty=NO_INCIDENTS,
            size=(12, 7),
        ),
        line(
            "Opened again",
            "Incidents that came back within a day: what was mended did not hold.",
            ("sum by (priority) (increase(incidents_reopened_total[1d]))", "{{priority}}"),
            empty="no incident has come back yet",
            unit="short",
            size=(12, 7),
        ),
    ),
    group(
        "What is learnt, and what waits",
        bars(
            "Reviews by state",
            "Reviews of incidents: nobody learns from one that stays a draft.",
            ("max by (state) (incidents_reviews)", "{{state}}"),
            empty=NO_INCIDENTS,
            unit="short",
            decimals=0,
            size=(6, 7),
        ),
        line(
            "Follow-ups, open and overdue",
            "What reviews asked for and nobody has done or dropped; overdue: past its day.",
            ("sum(max by (team) (incidents_follow_ups_open))", "open"),
            ("sum(max by (team) (incidents_follow_ups_overdue))", "overdue"),
            empty="no review has asked for anything yet",
            unit="short",
            alerts=["IncidentFollowUpsOverdue"],
            size=(6, 7),
        ),
        line(
            "Tickets that wait",
            "Tickets that are due in each ticket system, or held back in a storm.",
            ("max by (tracker) (incidents_tickets_waiting)", "{{tracker}} due"),
            ("max by (tracker) (incidents_tickets_held)", "{{tracker}} held back"),
            empty=NO_TRACKER,
            unit="short",
            size=(6, 7),
        ),
        line(
            "Oldest ticket that waits",
            "For how long a ticket is due that its ticket system has not taken.",
            ("max by (tracker) (incidents_tickets_oldest_seconds)", "{{tracker}}"),
            empty=NO_TRACKER,
            alerts=["IncidentTicketsStuck"],
            size=(6, 7),
        ),
    ),
    marks=[*marks.USUAL],
    topics=["incidents", "trends"],
    span="7d",
    refresh="5m",
)
