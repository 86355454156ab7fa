"""What an alert on trial has shown so far, in Prometheus' own memory of its firings."""

from collections.abc import Iterator, Sequence
from datetime import date

from sothat.live.backtest.advice import shown_span
from sothat.live.bars import bars
from sothat.live.noise.scoring import Noise, OfAlert
from sothat.model.alert import Alert


def evidence(alert: Alert, noise: Noise, today: date) -> Iterator[str]:
    """Yield what is known of an alert on trial, as lines for people.

    Args:
        alert: It is in shadow.
        noise: The figures of a time.
        today: The day of the run.
    """
    shadow = alert.shadow
    if shadow is None:
        return
    yield f"{alert.name}  {alert.position}"
    yield f"  until      {shadow.until}{_left(shadow.until, today)}: {shadow.reason}"
    found = next((one for one in noise.alerts if one.known.name == alert.name), None)
    if found is None or not (found.figures.fired or found.figures.before):
        yield "  fired      never in this time"
        return
    yield from _figures(found)


def _left(until: str, today: date) -> str:
    days = (date.fromisoformat(until) - today).days
    return f" (over for {-days} days)" if days < 0 else f" ({days} days left)"


def _figures(one: OfAlert) -> Iterator[str]:
    figures = one.figures
    yield (
        f"  fired      {figures.fired} on {figures.days} days, {figures.label_sets} label sets, "
        f"{shown_span(figures.total)} in all; {figures.flaps} flaps, {figures.short} short, "
        f"{figures.night} at night"
    )
    yield f"  by hour    |{bars(figures.hours)}| 0 to 23 o'clock"
    if one.score:
        yield (
            f"  incidents  {one.score.hits} hits, {one.score.false_alarms} false alarms, "
            f"{len(one.score.missed)} missed"
        )


def summary(shadowed: Sequence[Alert]) -> str:
    """Return how many alerts are on trial."""
    return f"{len(shadowed)} alerts in shadow" if shadowed else "no alert is in shadow"
