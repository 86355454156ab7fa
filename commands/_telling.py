"""What ``sothat route`` prints for a person: the verdict first, then what led to it."""

from collections.abc import Iterator, Mapping

from sothat.commands._duty import Clock, Duty
from sothat.commands._routed import Routed
from sothat.generator.routing.explaining import Delivery, Inhibitor, Interval, Path, Step
from sothat.model.duration import format_duration

_SIGNS = {"passed": "↓", "receives": "→", "unmatched": "✗", "untried": "·"}
_MOST_NAMES = 5


def lines_of(found: Routed, *, naive: bool) -> Iterator[str]:
    """Yield the lines of an answer."""
    path = found.path
    assumed = " (taken for UTC)" if naive else ""
    yield f"{path.labels['alertname']} firing on {path.at:%A %Y-%m-%d %H:%M:%S} UTC{assumed}"
    yield found.verdict
    yield from _section("Labels", _pairs(path.labels))
    yield from _section("Routes", map(_step, path.steps))
    for delivery in path.deliveries:
        yield from _section(f"Delivery to {delivery.receiver}", _delivery(delivery))
    yield from _section("Can be inhibited by", _inhibitors(found))
    if found.duty:
        yield from _section("Duty", _duty(found.duty))
        start = "start" if path.notified else "would start"
        yield from _section(f"Clocks that {start}", _clocks(found.duty.clocks))
    yield from _section("Read", _pairs(found.links))
    yield from _section("Mind", _doubts(path))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", title)
        yield from (f"  {line}" for line in found)


def _pairs(pairs: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, pairs), default=0)
    return (f"{name:<{width}}  {value}" for name, value in pairs.items())


def _step(step: Step) -> str:
    reason = f"  {step.reason}" if step.reason else ""
    end = f"  {step.receiver}" if step.outcome == "receives" else ""
    return f"{'  ' * step.depth}{_SIGNS[step.outcome]} {step.route}{end}{reason}"


def _delivery(found: Delivery) -> Iterator[str]:
    if found.reason:
        yield f"nobody is told here: {found.reason}"
    for each in found.integrations:
        yield f"by {each.kind}" + (f" to {each.to}" if each.to else "")
    group = ", ".join(f'{name}="{value}"' for name, value in found.group.items()) or "one for all"
    absent = f" (without {', '.join(found.absent)})" if found.absent else ""
    yield f"group {group}{absent}"
    wait, interval, repeat = map(
        format_duration, (found.group_wait, found.group_interval, found.repeat_interval)
    )
    yield f"first after {wait}, changes every {interval}, the same again every {repeat}"
    yield from map(_interval, found.intervals)


def _interval(found: Interval) -> str:
    role = "speaks only in" if found.role == "active" else "silent in"
    state = "which runs" if found.running else "which does not run"
    local = ", ".join(f"{time} {place}" for place, time in found.local_times.items())
    return f"{role} {found.name}, {state}" + (f": {local}" if local else "")


def _inhibitors(found: Routed) -> Iterator[str]:
    for each in found.path.inhibitors:
        state = "; ".join(_firing(source) for source in each.firing)
        yield f"{_source(found, each)}{_equal(each)}" + (f": {state} fires" if state else "")


def _source(found: Routed, inhibitor: Inhibitor) -> str:
    names = found.sources.get(inhibitor.source, ())
    if not names:
        return inhibitor.source
    further = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + further


def _equal(inhibitor: Inhibitor) -> str:
    pairs = (
        f'{name}="{value}"' if value else f"no {name}" for name, value in inhibitor.equal.items()
    )
    return f" with {', '.join(pairs)}" if inhibitor.equal else ""


def _firing(labels: Mapping[str, str]) -> str:
    return labels["alertname"]


def _duty(found: Duty) -> Iterator[str]:
    told = f"; the incident service tells {', '.join(found.channels)}" if found.channels else ""
    yield f"{found.team}, {found.priority}{told}"
    if found.on_call:
        until = f"{found.on_call.until:%A %Y-%m-%d %H:%M} UTC"
        yield f"on call: {found.on_call.member} ({found.on_call.rotation}), until {until}"
    else:
        yield "on call: nobody by the policy's rotations"
    yield f"escalation: {' → '.join(found.escalation)}"


def _clocks(clocks: tuple[Clock, ...]) -> Iterator[str]:
    for clock in clocks:
        yield f"{clock.name} by {clock.due:%A %Y-%m-%d %H:%M} UTC"
        yield from (f"  {line}" for line in clock.lines)


def _doubts(path: Path) -> Iterator[str]:
    for name in path.doubtful:
        yield f"{name}: Alertmanager up to 0.34 counts this month a day short, newer ones do not"
