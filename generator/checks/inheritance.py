"""An entry that lacks what it could have inherited."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield what is missing after all defaults are inherited."""
    yield from draft.incomplete


CHECK = Check(codes=("missing-key",), find=find, binding=True)
