"""Values for an alert that does not exist, or that is made for another one."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each alert that the values tune and the catalogue does not have."""
    names = {alert.name for alert in draft.catalogue.alerts} | draft.lost
    for name, tuning in draft.values.tunings.items():
        if name not in names:
            hint = did_you_mean(name, names)
            message = f"the values tune '{name}', which is no alert"
            yield Problem("unknown-alert", message, tuning.position, hint)
    for alert in draft.catalogue.alerts:
        if alert.made_for and alert.name in draft.values.tunings:
            message = f"the values tune '{alert.name}', which is made for {alert.made_for}"
            position = draft.values.tunings[alert.name].position
            yield Problem("unknown-alert", message, position, f"tune {alert.made_for} instead")


CHECK = Check(codes=("unknown-alert",), find=find, binding=True)
