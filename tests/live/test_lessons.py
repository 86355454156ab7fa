"""What was learned from an incident, out of its timeline."""

from collections.abc import Mapping
from typing import Any

from sothat.live.happened import happened

INCIDENT: Mapping[str, Any] = {
    "id": 7,
    "title": "Gateway silent",
    "priority": "P2",
    "team": "building-operations",
    "outcome": "fleet",
    "so_that": "Guards hear the door",
    "labels": {"site": "harbour"},
    "alerts": [],
    "opened_at": "2026-10-01T00:00:00Z",
    "acknowledged_at": None,
    "resolved_at": None,
    "resolved_by": None,
    "merged_into": None,
}


class Store:
    """One incident with a timeline, the latest entry first."""

    def __init__(self, *notes: tuple[str, str]) -> None:
        timeline = [{"kind": kind, "text": text, "actor": "you"} for kind, text in notes]
        self.one = {**INCIDENT, "timeline": timeline}

    def list_all(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        assert query["limit"] == 500
        return {"incidents": [self.one]}

    def show(self, number: int) -> Mapping[str, Any]:
        assert number == 7
        return self.one


def test_the_latest_lesson_counts() -> None:
    notes = (
        ("note", "lesson : a second supply"),
        ("note", "Lesson: none yet"),
        ("note", "the lessons: were long"),
        ("update", "Lesson: not a note"),
    )
    (found,) = happened(Store(*notes), 0, 2_000_000_000_000)
    assert found.lesson == "a second supply"
    assert found.so_that == "Guards hear the door"


def test_without_a_lesson_there_is_none() -> None:
    (found,) = happened(Store(("note", "we learned nothing")), 0, 2_000_000_000_000)
    assert found.lesson == ""


def test_what_a_published_review_says_comes_first() -> None:
    store = Store(("note", "Lesson: noted at night"))
    store.one = {**store.one, "lessons": ["A second supply", " ", "Test it"]}
    (found,) = happened(store, 0, 2_000_000_000_000)
    assert found.lesson == "A second supply; Test it"
