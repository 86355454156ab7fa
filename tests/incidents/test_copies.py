"""Incidents changed, kept and read again; keys as they have always been."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.copying import changed
from sothat.incidents.incident import Clocks, Escalation, Flaps, Incident, Mark, Promise, State
from sothat.incidents.keys import canonical
from sothat.incidents.store.rows import COLUMNS, incident_from, incident_row
from sothat.incidents.store.tables import INCIDENT, Json, encode
from sothat.model.policy import Priority

_PROMISE = Promise("t", "c", "a", "s", "r", "d", "n")
_PLAIN = Incident(1, "k", State.OPEN, Priority.P2, "team", _PROMISE, {"a": "b"}, 5)
_FULL = replace(
    _PLAIN,
    **{one.name: 7 for one in fields(Incident) if str(one.type) == "int | None"},
    **dict.fromkeys(("held", "paged", "reports"), ("x", "y")),
    acknowledged_by="é",
    clocks=Clocks(started=3, breached=("resolve",)),
    escalation=Escalation(since=4, done=("a/b",)),
    flaps=Flaps((1, 2), 2),
    closed=Mark(9, "somebody"),
    told=True,
)


def test_a_changed_copy_is_an_incident_like_any_other() -> None:
    copy = changed(_PLAIN, told=True, labels={"c": "d"})
    assert copy == replace(_PLAIN, told=True, labels={"c": "d"})
    assert (type(copy), repr(copy)[:9]) == (Incident, "Incident(")
    assert _PLAIN.labels == {"a": "b"}
    with pytest.raises(FrozenInstanceError):
        copy.told = False  # type: ignore[misc]


@pytest.mark.parametrize("incident", [_PLAIN, _FULL])
def test_an_incident_is_read_as_it_was_kept(incident: Incident) -> None:
    row = incident_row(incident)
    assert (
        incident_from([*(_held(name, row[name]) for name in COLUMNS), _document(row)]) == incident
    )


def test_what_is_as_by_default_is_not_kept() -> None:
    assert set(json.loads(_document(incident_row(_PLAIN)))) == {"promise"}
    assert {"closed", "flaps", "quiet_since"} < set(json.loads(_document(incident_row(_FULL))))


def _held(name: str, value: Any) -> Any:
    return encode(value) if isinstance(INCIDENT.c[name].type, Json) else value


def _document(row: dict[str, Any]) -> str:
    return encode(row["document"])


@given(st.lists(st.lists(st.text(max_size=3) | st.integers(), max_size=3), max_size=3))
def test_a_key_is_the_standard_library_s_text(value: list[list[str | int]]) -> None:
    assert canonical(value) == json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("text", ["\x7f", "\ud800", "é", '"\\/', "\0", "<"])
def test_a_key_is_the_same_whatever_is_to_be_escaped(text: str) -> None:
    assert canonical([text, 2**70]) == json.dumps([text, 2**70], separators=(",", ":"))
