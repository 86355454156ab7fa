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
    """The alerts of a catalogue by what connects them."""

    by_name: Mapping[str, Alert]
    mutes: Mapping[str, Sequence[str]]
    by_outcome: Mapping[str, Sequence[str]]
    by_series: Mapping[str, Sequence[str]]
    series: Mapping[str, Sequence[str]]


def relations_of(alerts: Sequence[Alert]) -> Relations:
    """Return the relations of all alerts."""
    series = {alert.name: tuple(_series(alert)) for alert in alerts}
    return Relations(
        by_name=MappingProxyType({alert.name: alert for alert in alerts}),
        mutes=_grouped((i.by, a.name) for a in alerts for i in a.inhibitions),
        by_outcome=_grouped((a.outcome.kpi, a.name) for a in alerts),
        by_series=_grouped((one, name) for name, found in series.items() for one in found),
        series=MappingProxyType(series),
    )


def _series(alert: Alert) -> list[str]:
    try:
        return sorted(set(metrics_of(alert.condition.expr)) - _OF_ALL)
    except ValueError:  # reported by its check
        return []


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        names = found.setdefault(key, [])
        if name not in names:
            names.append(name)
    return MappingProxyType(found)


def related_block(alert: Alert, relations: Relations) -> str:
    """Return the section's list, empty when nothing is related."""
    return bullets(_lines(alert, relations))


def _lines(alert: Alert, relations: Relations) -> Iterator[str]:
    for inhibition in alert.inhibitions:
        same = ", ".join(f"`{label}`" for label in inhibition.equal)
        where = f" for the same {same}" if same else ""
        yield f"Muted while {_named(inhibition.by, relations)} fires{where}"
    muted = relations.mutes.get(alert.name, ())
    if muted:
        yield f"Mutes, while it fires: {_names(muted, relations)}"
    same_series = [
        name for one in relations.series[alert.name] for name in relations.by_series[one]
    ]
    if others := _others(alert, same_series):
        yield f"Watch the same figures: {_names(others, relations)}"
    if others := _others(alert, relations.by_outcome[alert.outcome.kpi]):
        yield f"Protect {alert.outcome.kpi} too: {_names(others, relations)}"


def _others(alert: Alert, names: Sequence[str]) -> Sequence[str]:
    return [name for name in dict.fromkeys(names) if name != alert.name]


def _names(names: Sequence[str], relations: Relations) -> str:
    """Return links, the most urgent first; a long list ends with the number of the rest."""
    ordered = sorted(names, key=lambda name: (_priority(name, relations), name))
    shown = [_named(name, relations) for name in ordered[:_MOST]]
    more = len(ordered) - _MOST
    return ", ".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _named(name: str, relations: Relations) -> str:
    priority = _priority(name, relations)
    return f"{page_link(name)} ({priority})" if priority else page_link(name)


def _priority(name: str, relations: Relations) -> str:
    alert = relations.by_name.get(name)
    return alert.action.priority.value if alert else ""
