"""Something does not answer, or has gone from sight altogether."""

from collections.abc import Mapping

from sothat.generator.kind import Absence, Expansion, Form, Kind
from sothat.generator.kinds._plain import THRESHOLD, threshold_of
from sothat.generator.promql import first_selector
from sothat.model.duration import parse_duration

ABSENT = {
    "anyOf": [
        {"$ref": "#/$defs/duration"},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["selector", "for"],
            "properties": {
                "selector": {"$ref": "#/$defs/text"},
                "for": {"$ref": "#/$defs/duration"},
            },
        },
    ]
}


def absence_of(wanted: str | Mapping[str, str], query: str) -> Absence:
    """Return what must not go missing: the selector named, or the first one of the query."""
    if isinstance(wanted, str):
        return Absence(first_selector(query), parse_duration(wanted))
    return Absence(wanted["selector"].strip(), parse_duration(wanted["for"]))


def expand(form: Form) -> Expansion:
    """Return the query and its threshold, and what must not go missing."""
    wanted = form.settings.get("absent")
    absence = None if wanted is None else absence_of(wanted, form.query)
    return Expansion(form.query, threshold_of(form), absence=absence)


KIND = Kind(
    help="Something does not answer, or has gone from sight.",
    expand=expand,
    properties={**THRESHOLD, "absent": ABSENT},
)
