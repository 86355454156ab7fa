"""Queries, and the few PromQL idioms that keep absence from looking like health."""

from dataclasses import dataclass
from typing import Final

from grafanalib import core
from sothat.dashboards.judgement import Bands

FIRING: Final = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'
# Alerts on hosts and databases belong to no site, and threaten every one of them.
FIRING_HERE: Final = FIRING.replace("}", ',site=~"$site|"}')
# "Nothing fires" is a finding only while rules are evaluated, which the watchdog's beat proves, and
# while every target answers: a dead exporter's alerts stay quiet too.
WATCHED: Final = 'ALERTS{alertstate="firing",alertname="Watchdog"} and on() (min(up) == 1)'


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query of a panel.

    Attributes:
        expr: PromQL with the board's variables.
        legend: Name of the series, with labels in double braces.
        form: ``time_series``, ``table`` or ``heatmap``.
        instant: Asks for now alone, instead of the whole range.
        colour: Fixed colour of its series; empty: by the panel's scheme.
        bands: Judges its series apart from the panel's others; None: as the panel does.
        dashed: Its lines are what the others are held against: grey and dashed.
    """

    expr: str
    legend: str = ""
    form: str = "time_series"
    instant: bool = False
    colour: str = ""
    bands: Bands | None = None
    dashed: bool = False

    def target(self, ref: str) -> core.Target:
        """Return grafanalib's target with the given refId."""
        return core.Target(
            expr=self.expr,
            legendFormat=self.legend,
            format=self.form,
            instant=self.instant,
            refId=ref,
        )


def ref_id(number: int) -> str:
    """Return the name of a panel's query by its number from 0: A, B to Z, then AA, AB and on."""
    head, tail = divmod(number, 26)
    return (ref_id(head - 1) if head else "") + chr(ord("A") + tail)


def now(expr: str, legend: str = "", bands: Bands | None = None) -> Query:
    """Return an instant query: a value that is gone does not linger from earlier in the range."""
    return Query(expr, legend, instant=True, bands=bands)


def rows(expr: str) -> Query:
    """Return an instant query whose series become the rows of a table."""
    return Query(expr, form="table", instant=True)


def trend(expr: str, legend: str) -> Query:
    """Return a range query of one series without labels that ends in NaN where it has ended.

    A tile shows the last point; without the NaN it would show the last one that existed, and a
    dead exporter's figures would look alive.
    """
    at_the_end = "vector(time()) > $__to / 1000 - 2 * $__interval_ms / 1000"
    return Query(f"({expr}) or (vector(NaN) and on() ({at_the_end}))", legend)


def or_zero(expr: str, proof: str) -> str:
    """Return the expression with 0 for no series, but only while the proof of life has one."""
    return f"({expr}) or (vector(0) and on() ({proof}))"


def all_sites(expr: str) -> str:
    """Return the expression with site ``All`` where a series belongs to none.

    Links take the value to the next board, where it chooses every site.
    """
    return f'label_replace({expr}, "site", "All", "site", "")'


def or_row(expr: str, proof: str, label: str, value: str) -> str:
    """Return the expression, or one row of value 0 that says so when nothing is wrong.

    Args:
        expr: Has a series for each thing that is wrong.
        proof: Has a series when the answer "nothing is wrong" can be trusted.
        label: Label of the row.
        value: Its value, a sentence or a name that the table maps to one.
    """
    calm = f'label_replace(vector(0) and on() ({proof}), "{label}", "{value}", "", "")'
    return f"({expr}) or ({calm} unless on() ({expr}))"
