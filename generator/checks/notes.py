"""Hand-written notes for an alert that does not exist: nobody would ever read them."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each file of notes that is named after no alert."""
    names = {alert.name for alert in draft.catalogue.alerts} | draft.lost
    for name, notes in draft.notes.items():
        if name not in names:
            hint = did_you_mean(name, names, otherwise="name the file after its alert")
            yield Problem("orphan-notes", f"no alert '{name}'", notes.position, hint)


CHECK = Check(codes=("orphan-notes",), find=find)
