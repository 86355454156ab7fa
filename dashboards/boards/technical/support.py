"""Support desk: what waits, what is due, how well customers are served."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import (
    against_before,
    area,
    bars,
    board,
    group,
    line,
    listing,
    state,
    tile,
)
from sothat.dashboards.empty import NO_BUSINESS as EMPTY
from sothat.dashboards.query import rows
from sothat.dashboards.tables import VALUE, Column
from sothat.dashboards.words import SAMPLE

_AT: Final = variables.AT_SITE

BOARD = board(
    "technical",
    links.SUPPORT,
    "Support desk: tickets",
    "Which tickets are due next, and do customers get what they were promised?",
    group(
        "",
        tile(
            "Open tickets",
            "Tickets that are not resolved.",
            (f"sum(site:support_open_tickets:sum{{{_AT}}})", "all priorities"),
            empty=EMPTY,
            decimals=0,
            size=(4, 6),
        ),
        tile(
            "Next response due in",
            "Time left until the most pressing first response is due; below zero it is overdue.",
            (f"min(site_contract:support_response_seconds_left:min{{{_AT}}})", "the first"),
            empty="no ticket waits for its first response",
            alerts=["SupportResponseDueSoon", "SupportResponseOverdue"],
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "SLA attainment",
            "Share of first responses within thirty days that came in time, at the worst site.",
            (f"min(site:support_sla_attainment_ratio:min{{{_AT}}})", ""),
            empty=EMPTY,
            alerts=["SupportSlaAttainmentLow"],
            decimals=1,
            size=(5, 6),
        ),
        tile(
            "Satisfaction",
            "What customers stated with tickets of ninety days, at the least satisfied site.",
            (f"min(site:support_satisfaction_ratio:min{{{_AT}}})", ""),
            empty=EMPTY,
            alerts=["BusinessSatisfactionLow"],
            decimals=0,
            size=(5, 6),
        ),
        state(
            "Where these figures come from",
            "Whether support and energy figures are measured or made up for a demonstration.",
            "max(business_sample_data)",
            empty=EMPTY,
            words=SAMPLE,
            unit="none",
            size=(5, 6),
        ),
    ),
    group(
        "What waits",
        listing(
            "First responses that are due",
            "The most pressing first, by site and contract.",
            rows(f"sort(site_contract:support_response_seconds_left:min{{{_AT}}})"),
            [
                Column("site", "Site", least=140),
                Column(VALUE, "Due in", 120, unit="s"),
                Column("contract", "Contract", 130),
            ],
            empty="no ticket waits for its first response",
            sort="Due in",
            size=(10, 8),
        ),
        bars(
            "Open tickets by priority",
            "Tickets that wait for an answer or a solution.",
            (
                f"sum by (priority) (site_priority:support_open_tickets:sum{{{_AT}}})",
                "{{priority}}",
            ),
            empty=EMPTY,
            decimals=0,
            size=(7, 8),
        ),
        bars(
            "Open tickets by site",
            "Where they come from.",
            (f"sort_desc(site:support_open_tickets:sum{{{_AT}}})", "{{site}}"),
            empty=EMPTY,
            decimals=0,
            size=(7, 8),
        ),
    ),
    group(
        "How it develops",
        area(
            "Tickets over time",
            "Open tickets by priority; a rising heap is a team that is too small or a fault.",
            (
                f"sum by (priority) (site_priority:support_open_tickets:sum{{{_AT}}})",
                "{{priority}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Tickets against last week",
            "Open tickets, and how many there were a week before.",
            *against_before(f"sum(site:support_open_tickets:sum{{{_AT}}} @then)", "open"),
            empty=EMPTY,
            alerts=["SupportBacklogGrowing"],
        ),
        line(
            "Satisfaction over time",
            "By site; it falls long after service does.",
            (f"site:support_satisfaction_ratio:min{{{_AT}}}", "{{site}}"),
            empty=EMPTY,
            alerts=["BusinessSatisfactionLow"],
        ),
    ),
    filters=[variables.choice("site", "Site", "site:support_open_tickets:sum")],
    marks=[*marks.USUAL],
    topics=["support", "sla"],
    span="7d",
)
