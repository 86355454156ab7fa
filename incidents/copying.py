"""A changed copy of an incident: the hottest line of all. Pure."""

from dataclasses import fields
from operator import attrgetter
from typing import Any

from sothat.incidents.incident import Incident

_FIELDS = tuple(one.name for one in fields(Incident))
_PLACE = {name: place for place, name in enumerate(_FIELDS)}
_ALL = attrgetter(*_FIELDS)


def changed(incident: Incident, **values: Any) -> Incident:
    """Return an incident with some fields changed: what `replace` does, in half its time."""
    found = list(_ALL(incident))
    for name, value in values.items():
        found[_PLACE[name]] = value
    return Incident(*found)
