"""Values for an alert that does not exist."""

import difflib
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each alert that the values tune and the catalogue does not have."""
    names = {alert.name for alert in draft.catalogue.alerts} | draft.lost
    for name, tuning in draft.values.tunings.items():
        if name not in names:
            guesses = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean '{guesses[0]}'?" if guesses else ""
            message = f"the values tune '{name}', which is no alert"
            yield Problem("unknown-alert", message, tuning.position, hint)


CHECK = Check(codes=("unknown-alert",), find=find, binding=True)
