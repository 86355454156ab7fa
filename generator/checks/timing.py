"""Times of the policy that cannot be kept: repetitions between two intervals, empty hours."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.duration import format_duration
from sothat.model.policy import Policy, Timing
from sothat.model.problem import Problem

_DAY_OVER = "24:00"


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each time that Alertmanager would not keep, or that never comes."""
    yield from _of_environment(draft)
    document = draft.sources.of_kind("Policy")
    if document is None:
        return
    policy = draft.catalogue.policy
    for priority, terms in policy.priorities.items():
        fault = _fault(terms.timing)
        if fault:
            path = ("priorities", priority.value, "timing")
            hint = "Alertmanager looks at a group once an interval, and repeats only then"
            yield document.problem("bad-timing", fault, path, hint=hint)
    for where, start, end in _spans(policy):
        if start in (end, _DAY_OVER):
            message = f"from {start} to {end} there is no time"
            hint = 'the whole day is from "00:00" to "24:00"; an end before the start is tomorrow'
            yield document.problem("empty-hours", message, (*where, "start"), hint=hint)


def _of_environment(draft: Draft) -> Iterator[Problem]:
    for name in ("alertmanager.group_interval", "alertmanager.repeat_interval"):
        if name in draft.values.settings and not draft.values.seconds(name):
            message = f"{name} of the values must be longer than nothing"
            yield Problem("bad-timing", message, hint="such as 5m")


def _fault(timing: Timing) -> str:
    """Return what is wrong with a timing, empty when nothing is."""
    interval, repeat = timing.group_interval, timing.repeat_interval
    if not interval or not repeat:
        return "group_interval and repeat_interval must be longer than nothing"
    if repeat % interval:
        return (
            f"repeat_interval {format_duration(repeat)} is no multiple of group_interval "
            f"{format_duration(interval)}"
        )
    return ""


def _spans(policy: Policy) -> Iterator[tuple[tuple[str, str], str, str]]:
    for name, hours in policy.hours.items():
        yield ("hours", name), hours.start, hours.end
    for name, window in policy.maintenance.items():
        yield ("maintenance", name), window.start, window.end


CHECK = Check(codes=("bad-timing", "empty-hours"), find=find, binding=True)
