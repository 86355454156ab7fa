"""Which alerts have to do with one another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sothat.generator.groups import metrics_of
from sothat.generator.runbooks.markdown import bullets, page_link
from sothat.model.alert import Alert

_MOST = 12
# Every target has it: alerts that ask for it have nothing else in common.
_OF_ALL = frozenset({"up", "ALERTS"})


@dataclass(frozen=True, slots=True)
class Relations:
    """The alerts of a catalogue by what connects them; names in each list most urgent first.

    Attributes:
        by_series: By the series that an alert reads, all alerts that read one of them.
    """

    by_name: Mapping[str, Alert]
    mutes: Mapping[str, Sequence[str]]
    by_outcome: Mapping[str, Sequence[str]]
    by_series: Mapping[tuple[str, ...], Sequence[str]]
    series: Mapping[str, tuple[str, ...]]


def relations_of(alerts: Sequence[Alert]) -> Relations:
    """Return the relations of all alerts, each list made and sorted once."""
    by_name = {alert.name: alert for alert in alerts}
    urgent = sorted(alerts, key=lambda alert: (alert.action.priority.value, alert.name))
    series = {alert.name: tuple(_series(alert)) for alert in alerts}
    readers = _grouped((one, a.name) for a in urgent for one in series[a.name])
    return Relations(
        by_name=MappingProxyType(by_name),
        mutes=_grouped((i.by, a.name) for a in urgent for i in a.inhibitions),
        by_outcome=_grouped((a.outcome.kpi, a.name) for a in urgent),
        by_series=MappingProxyType(
            {every: _of_any(every, readers, by_name) for every in set(series.values())}
        ),
        series=MappingProxyType(series),
    )


def _series(alert: Alert) -> list[str]:
    try:
        return sorted(set(metrics_of(alert.condition.expr)) - _OF_ALL)
    except ValueError:  # reported by its check
        return []


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, dict[str, None]] = {}
    for key, name in pairs:
        found.setdefault(key, {})[name] = None
    return MappingProxyType({key: tuple(names) for key, names in found.items()})


def _of_any(
    every: Iterable[str], readers: Mapping[str, Sequence[str]], by_name: Mapping[str, Alert]
) -> Sequence[str]:
    """Return the alerts that read any of some series, most urgent first."""
    names = {name for one in every for name in readers[one]}
    return sorted(names, key=lambda name: (by_name[name].action.priority.value, name))


def related_block(alert: Alert, relations: Relations) -> str:
    """Return the section's list, empty when nothing is related."""
    return bullets(_lines(alert, relations))


def _lines(alert: Alert, relations: Relations) -> Iterator[str]:
    for inhibition in alert.inhibitions:
        same = ", ".join(f"`{label}`" for label in inhibition.equal)
        where = f" for the same {same}" if same else ""
        yield f"Muted while {_named(inhibition.by, relations)} fires{where}"
    for words, names in (
        ("Mutes, while it fires", relations.mutes.get(alert.name, ())),
        ("Watch the same figures", relations.by_series[relations.series[alert.name]]),
        (f"Protect {alert.outcome.kpi} too", relations.by_outcome[alert.outcome.kpi]),
    ):
        if others := _others(alert, names, relations):
            yield f"{words}: {others}"


def _others(alert: Alert, names: Sequence[str], relations: Relations) -> str:
    """Return links to all but the alert itself; a long list ends with the number of the rest.

    The alert is among those of its own figures and outcome, not among those that it mutes.
    """
    first = [name for name in names[: _MOST + 1] if name != alert.name][:_MOST]
    more = len(names) - len(first) - (names is not relations.mutes.get(alert.name))
    shown = [_named(name, relations) for name in first]
    return ", ".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _named(name: str, relations: Relations) -> str:
    alert = relations.by_name.get(name)
    link = page_link(name)
    return f"{link} ({alert.action.priority.value})" if alert else link
