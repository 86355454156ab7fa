"""The model out of JSON: what fits is taken whole, what does not is refused with its place."""

from collections.abc import Mapping
from typing import Any

import pytest
from sothat.model.policy import Calendar, Level, Priority, Rotation, Term
from sothat.runtime.compiled import Misfit, built

LEVEL = {"name": "second", "after": {"P1": {"hours": "", "seconds": 900, "days": 0}}, "roles": []}


def test_what_fits_is_taken_whole() -> None:
    level = built(Level, {**LEVEL, "later": "what a newer compiler writes"})
    assert level == Level("second", {Priority.P1: Term("", 900.0)})
    assert isinstance(level.after[Priority.P1].seconds, float)


def test_what_is_left_out_has_its_default() -> None:
    assert built(Term, {"hours": "business"}) == Term("business", 0.0, 0)


@pytest.mark.parametrize(
    ("kind", "node", "words"),
    [
        (Level, {"after": {}}, "$: 'name' is missing"),
        (Level, {**LEVEL, "after": {"P9": {}}}, "$.after"),
        (Level, {**LEVEL, "after": []}, "$.after: [] is not a mapping"),
        (Level, {**LEVEL, "roles": "all"}, "$.roles: 'all' is not a list"),
        (Level, {**LEVEL, "roles": [1]}, "$.roles[0]: 1 is not text"),
        (Term, {"hours": "", "seconds": True}, "$.seconds: True is not a number"),
        (Rotation, None, "$: None is not a mapping"),
        (Calendar, {"name": "c", "country": 1}, "$.country: 1 is not text"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(kind: Any, node: Any, words: str) -> None:
    with pytest.raises(Misfit) as caught:
        built(kind, node)
    assert words in str(caught.value)


def test_mappings_of_mappings() -> None:
    kind: Any = Mapping[str, Mapping[str, Priority]]
    assert built(kind, {"all": {"now": "P1"}}) == {"all": {"now": Priority.P1}}
