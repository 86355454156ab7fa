"""Incidents whose rows hold a word: what may be it, for `sothat.incidents.searching` to decide."""

import json
import re

from sothat.incidents.searching import spellings
from sothat.incidents.store.tables import INCIDENT
from sqlalchemy import ColumnElement, Text, func, or_, type_coerce

_PLACES = tuple(INCIDENT.c[name] for name in ("document", "labels", "outcome", "site", "team"))
_NUMBER = re.compile(r"#([0-9]{1,18})")


def says(word: str) -> ColumnElement[bool]:
    """Return whether a row may hold a word; ``#7`` is the number of an incident, too."""
    held = [_holds(one) for one in sorted(spellings(word))]
    number = _NUMBER.fullmatch(word)
    return or_(*held, INCIDENT.c.id == int(number[1])) if number else or_(*held)


def _holds(word: str) -> ColumnElement[bool]:
    # As the store writes it: in ASCII, with escapes, whose digits are lower case.
    text = json.dumps(word)[1:-1].lower()
    return or_(*(func.lower(type_coerce(c, Text)).contains(text, autoescape=True) for c in _PLACES))
