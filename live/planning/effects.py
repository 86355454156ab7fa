"""What changes mean to people: who hears of more, of less, of nothing any more."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sothat.generator.conventions import WATCHDOG
from sothat.live.change import Effect
from sothat.live.planning.amounts import arrow, counted
from sothat.live.planning.audience import Audience, Audiences
from sothat.live.state import State

_Told = Mapping[str, Audience]


def effects(old: State, new: State, today: datetime) -> Iterator[Effect]:
    """Yield what the way from one state to another means; what is not known counts as unchanged.

    Args:
        old: What is there; of the rules only ours.
        new: What is wanted.
        today: When the question is asked.
    """
    before, after = _told(old, new, today), _told(new, old, today)
    yield from _unheard(before, after)
    yield from _gained_and_lost(before, after)
    yield from _elsewhere(before, after)
    yield from _loads(before, after)


def _told(state: State, other: State, today: datetime) -> _Told:
    """Return the audience of each alert; what a state does not know is as in the other."""
    routing = state.routing or other.routing
    if routing is None:
        return {}
    alerts = state.alerts if state.groups is not None else other.alerts
    audiences = Audiences(routing, other.policy or state.policy, today)
    return {alert.name: audiences.of(alert) for alert in alerts}


def _unheard(before: _Told, after: _Told) -> Iterator[Effect]:
    was_told = {name for name, each in before.items() if each.told}
    # Whoever has no dead man's switch to feed leaves the watchdog without a receiver.
    silent = sorted(n for n, each in after.items() if not each.told and n != WATCHDOG)
    lost = [name for name in silent if name in was_told]
    fresh = [name for name in silent if name not in before]
    if lost:
        yield Effect(
            f"nobody hears of {counted(len(lost), 'alert')} any more", tuple(lost), grave=True
        )
    if fresh:
        yield Effect(
            f"nobody hears of {counted(len(fresh), 'new alert')}", tuple(fresh), grave=True
        )


def _gained_and_lost(before: _Told, after: _Told) -> Iterator[Effect]:
    kinds: Sequence[tuple[str, str, Callable[[Audience], bool]]] = (
        ("page the night shift", "pages the night shift", lambda each: each.night),
        ("wait for the day", "waits for the day", lambda each: each.told and not each.night),
    )
    for many, one, hears in kinds:
        had = {name for name, each in before.items() if hears(each)}
        has = {name for name, each in after.items() if hears(each)}
        yield from _shift(sorted(has - had), "more", many, one)
        yield from _shift(sorted(had - has), "fewer", many, one)


def _shift(names: Sequence[str], word: str, many: str, one: str) -> Iterator[Effect]:
    if names:
        verb = one if len(names) == 1 else many
        yield Effect(f"{counted(len(names), 'alert')} {word} {verb}", tuple(names))


def _elsewhere(before: _Told, after: _Told) -> Iterator[Effect]:
    """Yield alerts that are told to other receivers, by the way they go."""
    ways: dict[tuple[str, str], list[str]] = {}
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name].receivers, after[name].receivers
        if old and new and old != new:
            ways.setdefault((", ".join(sorted(old)), ", ".join(sorted(new))), []).append(name)
    for way, names in sorted(ways.items()):
        verb = "goes" if len(names) == 1 else "go"
        words = f"{counted(len(names), 'alert')} {verb} elsewhere: {arrow(*way)}"
        yield Effect(words, tuple(names))


def _loads(before: _Told, after: _Told) -> Iterator[Effect]:
    """Yield how many alerts each team has to answer for, where that changes."""
    old, new = (Counter(each.team for each in told.values()) for told in (before, after))
    for team in sorted({*old, *new} - {""}):
        if old[team] != new[team]:
            yield Effect(f"{team} answers for {counted(new[team], 'alert')} instead of {old[team]}")
