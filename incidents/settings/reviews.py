"""``reviews``: which incidents want a review, and how its follow-ups are reminded of."""

from dataclasses import dataclass

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds
from sothat.model.policy import Priority

_WITHIN, _BEFORE = "5d", "2d"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "wanted_for": {
            "type": "array",
            "uniqueItems": True,
            "items": {"enum": [str(priority) for priority in Priority]},
        },
        "within": {"type": "string", "description": "after the resolution, such as 5d"},
        "remind_before": {"type": "string", "description": "before a follow-up is due"},
        "second_person": {
            "type": "boolean",
            "description": "whoever publishes is not whoever asked for the review",
        },
    },
}


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """What reviews go by; durations in nanoseconds.

    Attributes:
        wanted_for: Priorities whose incidents want a review.
        within: How long after the resolution it is to be begun.
        remind_before: How long before a follow-up is due its owner is reminded.
        second_person: Whether whoever publishes must be another than who asked for the review.
    """

    wanted_for: tuple[Priority, ...] = (Priority.P1, Priority.P2)
    within: int = 5 * 86_400_000_000_000
    remind_before: int = 2 * 86_400_000_000_000
    second_person: bool = False


def _read(source: Source) -> ReviewRules:
    node = source.node("reviews", {})
    names = node.get("wanted_for", [str(one) for one in ReviewRules().wanted_for])
    return ReviewRules(
        wanted_for=tuple(map(Priority, names)),
        within=seconds(source.duration("reviews", "within", default=_WITHIN)),
        remind_before=seconds(source.duration("reviews", "remind_before", default=_BEFORE)),
        second_person=node.get("second_person", False),
    )


SECTION = Section("reviews", "reviews", _SCHEMA, _read)
