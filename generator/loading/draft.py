"""Puts a draft together from a folder, values, contracts and boards."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator
from sothat.generator.declared import series_of
from sothat.generator.draft import Board, Draft, Expression
from sothat.generator.exemptions import Exemption, exemptions_of
from sothat.generator.kind import Kind
from sothat.generator.loading.alerts import Resolved, Setup, resolve_alert
from sothat.generator.loading.folder import Folder, kind_of
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.loading.rules import resolve_recording
from sothat.generator.loading.service_levels import resolve_slo
from sothat.generator.loading.typing import (
    recording_contract,
    type_alert,
    type_recordings,
    with_inferred,
)
from sothat.generator.schemas import schema_for
from sothat.generator.sources import Sources
from sothat.generator.typecheck.world import World
from sothat.generator.values import Values
from sothat.model.alert import Catalogue, Recording
from sothat.model.metric import Contract, index
from sothat.model.policy import Policy
from sothat.model.problem import Problem
from sothat.runtime.documents import Document

_NO_POLICY = Policy(MappingProxyType({}), MappingProxyType({}), ("alertname",))


def draft_of(
    folder: Folder,
    values: Values,
    contracts: tuple[Contract, ...],
    kinds: Mapping[str, Kind],
    boards: tuple[Board, ...] = (),
    *,
    boards_belong: bool = True,
    today: date | None = None,
) -> Draft:
    """Return the draft of all entries whose shape is right.

    Raises:
        Unusable: Two contracts declare the same series.
    """
    policy = _policy(folder)
    entries, lost = _entries_of(folder, Setup(values, kinds), policy)
    alerts = tuple(alert for entry in entries for alert in entry.alerts)
    declared = _recordings(folder)
    made = tuple(rule for entry in entries for rule in entry.recordings)
    world, recorded = _world(contracts, declared, made, values.seconds("scrape_interval"))
    recordings = (*declared, *(with_inferred(rule, world) for rule in made))
    environment = MappingProxyType(dict(values.settings))
    catalogue = Catalogue(alerts, recordings, policy, environment)
    return Draft(
        catalogue=catalogue,
        expressions=(*recorded, *(type_alert(alert, world) for alert in alerts)),
        world=world,
        values=values,
        sources=Sources.of(folder.documents),
        lost=lost,
        notes=folder.notes,
        boards=boards,
        boards_belong=boards_belong,
        exemptions=tuple(e for e in _exceptions(folder) if isinstance(e, Exemption)),
        today=today,
    )


def exception_problems(folder: Folder) -> list[Problem]:
    """Return the exceptions that end on no day of the calendar."""
    return [found for found in _exceptions(folder) if isinstance(found, Problem)]


def _exceptions(folder: Folder) -> Iterator[Exemption | Problem]:
    broken = {problem.position.file for problem in folder.shape if problem.position}
    for document in folder.documents:
        if document.file not in broken:
            yield from exemptions_of(document)


def policy_problems(folder: Folder) -> list[Problem]:
    """Return the problem of a catalogue that has no policy, or more than one."""
    found = folder.of_kind("Policy")
    hint = "a catalogue has exactly one document of kind Policy"
    if not found and folder.documents:
        message = "the catalogue has no policy"
        return [folder.documents[0].problem("missing-policy", message, hint=hint)]
    message = f"a second policy; the first is {found[0].file}" if found else ""
    return [doc.problem("duplicate-policy", message, ["kind"], hint=hint) for doc in found[1:]]


def _policy(folder: Folder) -> Policy:
    found = folder.of_kind("Policy")
    if not found or any(p.position and p.position.file == found[0].file for p in folder.shape):
        return _NO_POLICY
    return resolve_policy(found[0].data)


def _world(
    contracts: Iterable[Contract],
    declared: tuple[Recording, ...],
    made: tuple[Recording, ...],
    scrape_interval: float,
) -> tuple[World, tuple[Expression, ...]]:
    """Return all series that can exist, those of the kinds' own rules included."""
    series = series_of((*contracts, recording_contract(declared)))
    world, expressions = type_recordings((*declared, *made), series, scrape_interval)
    own = index([recording_contract(with_inferred(rule, world) for rule in made)])
    everything = MappingProxyType({**own, **series})
    return replace(world, series=everything), expressions


def _entries_of(
    folder: Folder, setup: Setup, policy: Policy
) -> tuple[tuple[Resolved, ...], frozenset[str]]:
    entries, lost = list[Resolved](), set[str]()
    for document in folder.of_kind("Alerts"):
        alerts = _entries(document, "alerts")
        broken = _broken(document, "alerts", folder.shape)
        lost |= {str(_get(alerts[i], "name")) for i in broken}
        entries += [resolve_alert(document, i, setup) for i in _sound(alerts, broken)]
    for document in folder.of_kind("SLOs"):
        slos = _entries(document, "slos")
        broken = _broken(document, "slos", folder.shape)
        entries += [resolve_slo(document, i, setup, policy) for i in _sound(slos, broken)]
    return tuple(entries), frozenset(lost)


def _recordings(folder: Folder) -> tuple[Recording, ...]:
    recordings = list[Recording]()
    for document in folder.of_kind("Recordings"):
        entries = _entries(document, "recordings")
        broken = _broken(document, "recordings", folder.shape)
        recordings += [resolve_recording(document, i) for i in _sound(entries, broken)]
    return tuple(recordings)


def _entries(document: Document, key: str) -> Any:
    entries = _get(document.data, key)
    return entries if isinstance(entries, list) else []


def _get(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, Mapping) else None


def _broken(document: Document, key: str, shape: Iterable[Problem]) -> set[int]:
    """Return the numbers of the entries whose shape is wrong.

    A problem of the document's head, such as a missing owner, breaks them all.
    """
    if not any(p.position and p.position.file == document.file for p in shape):
        return set()
    schema = schema_for(kind_of(document))
    entries = _entries(document, key)
    head = {**schema, "properties": {**schema["properties"], key: True}}
    if not Draft202012Validator(head).is_valid(document.data):
        return set(range(len(entries)))
    entry = Draft202012Validator({**schema["properties"][key]["items"], "$defs": schema["$defs"]})
    return {number for number, data in enumerate(entries) if not entry.is_valid(data)}


def _sound(entries: Any, broken: set[int]) -> Iterator[int]:
    return (number for number in range(len(entries)) if number not in broken)
