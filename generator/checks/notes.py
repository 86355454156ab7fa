"""Hand-written notes for an alert that does not exist: nobody would ever read them."""

import difflib
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each file of notes that is named after no alert."""
    names = {alert.name for alert in draft.catalogue.alerts} | draft.lost
    for name, notes in draft.notes.items():
        if name not in names:
            guesses = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean '{guesses[0]}'?" if guesses else "name the file after its alert"
            yield Problem("orphan-notes", f"no alert '{name}'", notes.position, hint)


CHECK = Check(codes=("orphan-notes",), find=find)
