"""Addresses in what is written by hand: those of the environment, so that commands can be pasted.

Steps and notes name our services by their default addresses; an environment that has them
elsewhere gets pages with its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sothat.generator.values import DEFAULTS, Values
from sothat.model.alert import Alert, Step
from sothat.model.runbook import Message, Runbook

_PREFIX = "urls."

Change = Callable[[str], str]


def localised(values: Values) -> Change:
    """Return the function that puts an environment's addresses in place of the defaults.

    All of a text is changed in one pass: an address that is put in is not changed again.
    """
    new = _changed(values)
    if not new:
        return lambda text: text
    pattern = re.compile("|".join(rf"{re.escape(old)}(?!\d)" for old in new))
    return lambda text: pattern.sub(lambda found: new[found[0]], text)


def _changed(values: Values) -> Mapping[str, str]:
    """Return by default address what an environment has instead."""
    names = (key.removeprefix(_PREFIX) for key in DEFAULTS if key.startswith(_PREFIX))
    pairs = {DEFAULTS[_PREFIX + name]: values.url(name) for name in names}
    return {old: new for old, new in pairs.items() if new and new != old}


def localised_alert(alert: Alert, change: Change) -> Alert:
    """Return an alert whose steps name an environment's addresses."""
    steps = tuple(_step(step, change) for step in alert.action.steps)
    return replace(alert, action=replace(alert.action, steps=steps))


def localised_page(page: Runbook | Message, change: Change) -> Runbook | Message:
    """Return a hand-written page that names an environment's addresses."""
    if isinstance(page, Message):
        return page
    steps = tuple(_step(step, change) for step in page.steps)
    return replace(page, steps=steps, notes=change(page.notes))


def _step(step: Step, change: Change) -> Step:
    return Step(change(step.do), change(step.run), change(step.expect), change(step.if_not))
