"""``acknowledgement``: how long it holds without a word from whoever gave it."""

from collections.abc import Mapping
from types import MappingProxyType

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds
from sothat.model.policy import Priority
from sothat.model.problem import Problem, Unusable

_DEFAULT = MappingProxyType({Priority.P1: 3600.0, Priority.P2: 4 * 3600.0})
_NEVER = "never"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "lapses_after": {
            "type": "object",
            "additionalProperties": False,
            "properties": {str(priority): {"type": "string"} for priority in Priority},
        }
    },
}


def _read(source: Source) -> Mapping[Priority, int]:
    node = source.node("acknowledgement", {}).get("lapses_after", {})
    found = dict(_DEFAULT)
    problems: list[Problem] = []
    for priority in map(Priority, node):
        found.pop(priority, None)
        if node[priority] == _NEVER:
            continue
        try:
            path = ("acknowledgement", "lapses_after", str(priority))
            found[priority] = source.duration(*path, default="")
        except Unusable as error:
            problems += error.problems
    if problems:
        raise Unusable(problems)
    return {priority: seconds(after) for priority, after in found.items()}


SECTION = Section("lapses_after", "acknowledgement", _SCHEMA, _read)
