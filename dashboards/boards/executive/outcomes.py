"""The executive home: which customers are at risk and why, on one screen, without jargon.

All figures are recordings or gauges of a few series: thirty days of them are read at once.
"""

from typing import Final

from sothat.dashboards import empty, links, variables
from sothat.dashboards.boards.executive import _contract, _risks
from sothat.dashboards.declared import bars, board, group, state, tile
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.query import now
from sothat.dashboards.words import SAMPLE, Word

_AT: Final = variables.AT_SITE
_OF: Final = 'client=~"$client"'
_NO_CHANGES: Final = "no data: no change is counted; add the pack change to the KPI files"
_NO_BACKUP: Final = "no data: no backup is watched; name them in the collector posture"
_NO_FORECAST: Final = "no data: nothing is forecast; switch on the collector forecasts"
_NO_COST: Final = "no data: no price of energy is known; add it to the KPI file"
_NEXT: Final = "incidents_next_update_timestamp_seconds"
_MAJOR: Final = 'priority:incidents_open:sum{priority=~"P1|P2"}'
_NINETY_DAYS: Final = 90 * 86400
_THIRTY_DAYS: Final = 30 * 86400


def _month(name: str, aggregation: str, matchers: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the queries of a contract's figure, of this month and of the last."""
    chosen = f'{_OF}{matchers},period="{{}}"'
    return (
        (f"{aggregation}({name}{{{chosen.format('month')}}})", "this month"),
        (f"{aggregation}({name}{{{chosen.format('last-month')}}})", "last month"),
    )


def _then(expr: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return a query of now and the same of thirty days ago; ``@then`` stands behind selectors."""
    return (
        (expr.replace(" @then", ""), "now"),
        (expr.replace(" @then", " offset 30d"), "a month ago"),
    )


BOARD = board(
    "executive",
    links.EXECUTIVE,
    "Executive: promises",
    "Which customers are at risk now, why, and how well do we keep our promises?",
    group(
        "",
        _risks.customers,
        _risks.at_stake,
        tile(
            "Major incidents open",
            "Incidents that hurt customers now (critical and high). A click leads to who is on it.",
            (f"sum({_MAJOR})", "target: none"),
            empty=empty.NO_INCIDENTS,
            bands=Bands(GOOD, ((1, BAD),)),
            decimals=0,
            links=(links.drill(links.ON_CALL, "Who is on it"),),
        ),
        tile(
            "Next update to customers",
            "When those who wait for a major incident were told that they will hear again. A time "
            "that has passed is a promise that is broken.",
            now(f"min({_NEXT} > time()) - time()", "due in", Bands(GOOD)),
            now(f"time() - min({_NEXT} <= time())", "OVERDUE by", Bands(BAD)),
            # The service answers, and owes nobody anything.
            now(f"0 * max(incidents_outbox_oldest_seconds) unless on () {_NEXT}", "now"),
            empty=empty.NO_INCIDENTS,
            words={"0": Word("none is owed", GOOD)},
            decimals=0,
            links=(links.drill(links.ON_CALL, "Who is on it"),),
        ),
        _contract.availability(),
        bars(
            "Allowed outage left, least three",
            "Of the outage that the contract allows in a month: the share that is left to the "
            "three clients with the least. Below a quarter it gets tight; below zero the promise "
            "is broken.",
            (
                (
                    "sort(bottomk(3, min by (client) "
                    f'(service_level_error_budget_left_seconds{{{_OF},period="month"}} '
                    f'/ (service_level_error_budget_seconds{{{_OF},period="month"}} > 0))))'
                ),
                "{{client}}",
            ),
            empty=empty.NO_CONTRACT,
            bands=Bands(BAD, ((0, ATTENTION), (0.25, GOOD))),
            unit="percentunit",
            decimals=0,
            links=(links.drill(links.SIGNALS, "What used it up"),),
            size=(6, 5),
        ),
        tile(
            "Kept promises",
            "Share of the response and resolution times that fell due and were kept, of the "
            "client with the least.",
            *_month("service_level_attainment_ratio", "min", ""),
            empty=empty.NO_CONTRACT,
            alerts=["SupportSlaAttainmentLow"],
            decimals=1,
            links=(links.drill(links.SUPPORT, "Which tickets"),),
            size=(5, 5),
        ),
        tile(
            "Until somebody has it",
            "How long it took on average until an incident was taken by somebody.",
            *_then("global:incidents_time_to_acknowledge_seconds:mean @then"),
            empty=empty.NO_CLOCK,
            alerts=["IncidentAcknowledgeSlow"],
            decimals=0,
            links=(links.drill(links.ON_CALL, "What waits"),),
        ),
        tile(
            "Until it is over",
            "How long it took on average until an incident was over for the customer.",
            *_then("global:incidents_time_to_resolve_seconds:mean @then"),
            empty=empty.NO_CLOCK,
            alerts=["IncidentResolveSlow"],
            decimals=1,
            links=(links.drill(links.ON_CALL, "What waits"),),
        ),
        tile(
            "Satisfaction",
            "Satisfaction of users with support, at the least satisfied site.",
            *_then(f"min(site:support_satisfaction_ratio:min{{{_AT}}} @then)"),
            empty=empty.NO_BUSINESS,
            alerts=["BusinessSatisfactionLow"],
            decimals=0,
            links=(links.drill(links.SUPPORT, "How support does"),),
        ),
        tile(
            "Open tickets",
            "Support tickets that wait for an answer or a solution.",
            *_then(f"sum(site:support_open_tickets:sum{{{_AT}}} @then)"),
            empty=empty.NO_BUSINESS,
            decimals=0,
            links=(links.drill(links.SUPPORT, "Which tickets"),),
        ),
        tile(
            "Energy saved",
            "Share of the energy that would have been used without us, this month so far.",
            *_then("global:energy_saved:ratio @then"),
            empty=empty.NO_BUSINESS,
            alerts=["BusinessEnergySavingLost"],
            decimals=1,
            links=(links.drill(links.FLEET, "The sites"),),
        ),
        tile(
            "Cost saved",
            "What the energy saved in this month so far would have cost, by currency.",
            (f"sum by (currency) (business_energy_saved_cost{{{_AT}}})", "{{currency}}"),
            empty=_NO_COST,
            unit="locale",
            decimals=0,
            links=(links.drill(links.FLEET, "The sites"),),
        ),
        tile(
            "Credits owed",
            "Share of the month's fee that the client with the most gets back, by contract.",
            *_month("service_level_credit_ratio", "max", ""),
            empty=empty.NO_CONTRACT,
            bands=Bands(GOOD, ((0.0001, BAD),)),
            decimals=0,
            links=(links.drill(links.ON_CALL, "What happened"),),
            size=(4, 4),
        ),
        tile(
            "Changes that went well",
            "Share of the changes of thirty days that were no failure, of the worst service.",
            *_then("min(business_change_success_ratio @then)"),
            empty=_NO_CHANGES,
            bands=Bands(ATTENTION, ((0.95, GOOD),)),
            decimals=0,
            links=(links.drill(links.SIGNALS, "What they touched"),),
            size=(5, 4),
        ),
        tile(
            "Ready to recover",
            "Share of the backups whose restore was tried within ninety days and went well.",
            (
                (
                    f"count(backup:restore_test_age_seconds:min < {_NINETY_DAYS}) "
                    "/ count(backup:backup_age_seconds:min) "
                    "or 0 * count(backup:backup_age_seconds:min)"
                ),
                "target: all",
            ),
            empty=_NO_BACKUP,
            bands=Bands(ATTENTION, ((1, GOOD),)),
            unit="percentunit",
            decimals=0,
            links=(links.drill(links.MAINTENANCE, "What waits for a window"),),
            size=(5, 4),
        ),
        tile(
            "Full within a month",
            "What is forecast to be full within thirty days: disks, lines, budgets.",
            (
                (
                    'count(forecast_seconds_until_full{band="expected"} '
                    f"< {_THIRTY_DAYS}) or 0 * count(forecast_used_ratio)"
                ),
                "target: none",
            ),
            empty=_NO_FORECAST,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            links=(links.drill(links.SIGNALS, "How full it is"),),
            size=(5, 4),
        ),
        state(
            "Support and energy figures",
            "Whether they are measured, or made up for a demonstration.",
            "max(business_sample_data)",
            empty=empty.NO_BUSINESS,
            words=SAMPLE,
            unit="none",
            size=(5, 4),
        ),
    ),
    filters=[
        variables.choice("client", "Client", "service_level_availability_objective_ratio"),
        variables.site(),
    ],
    topics=["home", "customers"],
    span="24h",
    refresh="30s",
)
