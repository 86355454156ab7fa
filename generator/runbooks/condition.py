"""The condition of an alert: query, links to where it is live, threshold and durations."""

from collections.abc import Iterator
from urllib.parse import quote

from sothat.generator.runbooks.markdown import bullets, code, link
from sothat.generator.values import Values
from sothat.model.alert import Alert, Condition
from sothat.model.duration import format_duration

_RANGE = "2h"


def condition_blocks(alert: Alert, values: Values, panel: str) -> Iterator[str]:
    """Yield the blocks of the section; ``panel`` is the address of the alert's panel, if any."""
    yield code(alert.condition.expr, "promql")
    yield " · ".join(_links(alert, values, panel))
    yield bullets(_terms(alert.condition))


def _links(alert: Alert, values: Values, panel: str) -> Iterator[str]:
    if base := values.url("prometheus"):
        yield link("The query, live", query_url(base, alert.condition))
    if panel and values.url("grafana"):
        yield link("The panel", panel)


def query_url(base: str, condition: Condition) -> str:
    """Return the address of Prometheus' page with the figure as a graph, and what fires below."""
    shown = dict.fromkeys((condition.query, condition.expr))
    parts = (
        f"g{n}.expr={quote(expr, safe='')}&g{n}.tab={n}&g{n}.range_input={_RANGE}"
        for n, expr in enumerate(shown)
    )
    return f"{base}/graph?{'&'.join(parts)}"


def _terms(condition: Condition) -> Iterator[str]:
    if condition.threshold:
        yield f"Threshold: `{condition.threshold.text}`"
    if condition.window_seconds:
        yield f"Looks back over {format_duration(condition.window_seconds)}"
    yield _when(condition)
    if condition.keep_firing_seconds:
        kept = format_duration(condition.keep_firing_seconds)
        yield f"Keeps firing for {kept} after the condition ended"


def _when(condition: Condition) -> str:
    if condition.for_seconds:
        return f"Fires once that has held for {format_duration(condition.for_seconds)}"
    return "Fires at the first evaluation that finds it so"
