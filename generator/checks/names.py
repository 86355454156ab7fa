"""Two rules of one name: an alert, its runbook and its tests could not be told apart."""

from collections.abc import Iterator, Sequence

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert, Recording
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield every further rule of a name that is taken."""
    yield from _doubles(draft, "duplicate-alert", draft.catalogue.alerts)
    yield from _doubles(draft, "duplicate-recording", draft.catalogue.recordings)


def _doubles(draft: Draft, code: str, rules: Sequence[Alert | Recording]) -> Iterator[Problem]:
    first: dict[str, Alert | Recording] = {}
    for rule in rules:
        name = rule.name if isinstance(rule, Alert) else rule.record
        if first.setdefault(name, rule) is not rule:
            message = f"'{name}' stands in the catalogue twice; first at {first[name].position}"
            yield draft.problem(code, message, rule, hint="rename or remove one of the two")


CHECK = Check(codes=("duplicate-alert", "duplicate-recording"), find=find, binding=True)
