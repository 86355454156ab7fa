"""Puts a draft together from a folder, values, contracts and boards."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from sothat.generator.command_tree import CommandTree
from sothat.generator.declared import series_of
from sothat.generator.dependencies import Carried, with_derived
from sothat.generator.draft import Draft, Expression
from sothat.generator.exemptions import Exemption, exemptions_of
from sothat.generator.kind import Kind
from sothat.generator.loading.alerts import Resolved, Setup, resolve_alert
from sothat.generator.loading.composition import Composition
from sothat.generator.loading.dependencies import read_components
from sothat.generator.loading.entries import (
    Entry,
    broken_in,
    domains_in,
    listed_in,
    names_in,
    owners_in,
    read_entries,
)
from sothat.generator.loading.files import RUNBOOK_KINDS, kind_of
from sothat.generator.loading.folder import Folder
from sothat.generator.loading.inherited import taken_over
from sothat.generator.loading.memory import Memory
from sothat.generator.loading.packs import KIND as PACK
from sothat.generator.loading.policy import resolve_policy
from sothat.generator.loading.rules import resolve_recording
from sothat.generator.loading.runbooks import resolve_runbooks
from sothat.generator.loading.service_levels import resolve_slo
from sothat.generator.loading.typing import (
    recording_contract,
    type_alert,
    type_recordings,
    with_inferred,
)
from sothat.generator.sources import Sources
from sothat.generator.typecheck.world import World
from sothat.generator.values import Values
from sothat.model.alert import Alert, Catalogue, Recording
from sothat.model.board import Board, BoardMaker
from sothat.model.metric import Contract, index
from sothat.model.policy import Policy
from sothat.model.problem import Problem
from sothat.runtime.documents import Document

_NO_POLICY = Policy(MappingProxyType({}), MappingProxyType({}), ("alertname",))


def draft_of(  # noqa: PLR0913 – one parameter for each thing that a draft is made of
    folder: Folder,
    values: Values,
    contracts: tuple[Contract, ...],
    kinds: Mapping[str, Kind],
    boards: tuple[Board, ...] = (),
    board_makers: tuple[BoardMaker, ...] = (),
    *,
    foreign_boards: frozenset[str] = frozenset(),
    today: date | None = None,
    memory: Memory | None = None,
    commands: CommandTree | None = None,
) -> Draft:
    """Return the draft of all entries whose shape is right.

    Raises:
        Unusable: Two contracts declare the same series.
    """
    memory = memory or Memory()
    policy = _policy(folder)
    entries = read_entries(folder, values)
    setup = Setup(values, kinds, entries.left_out)
    resolved = [_resolved(entry, setup, policy) for entry in entries.sound]
    plain = tuple(alert for each in resolved for alert in each.alerts)
    declared = _recordings(folder)
    made = tuple(rule for each in resolved for rule in each.recordings)
    added = values.names("target_labels")
    scraped = tuple(contract.scraped_with(added) for contract in contracts)
    key = (scraped, declared, made, values.seconds("scrape_interval"))
    world, recorded = memory.world(key, lambda: _world(*key))
    recordings = (*declared, *(with_inferred(rule, world) for rule in made))
    environment = MappingProxyType(dict(values.settings))
    typed = tuple(type_alert(alert, world) for alert in plain)
    components = read_components(folder, entries.left_out)
    alerts = with_derived(plain, components, _carried(typed))
    catalogue = Catalogue(alerts, recordings, policy, environment, components)
    folder = taken_over(folder, frozenset(alert.name for alert in alerts))
    return Draft(
        catalogue=catalogue,
        expressions=(*recorded, *typed),
        world=world,
        values=values,
        sources=Sources.of(folder.documents),
        lost=entries.lost,
        incomplete=(*entries.problems, *entries.disputed, *_unknown_in_packs(folder)),
        layers=MappingProxyType({entry.name: entry.layers for entry in entries.sound}),
        left_out=entries.left_out,
        below=folder.inherited,
        notes=folder.notes,
        runbooks=resolve_runbooks(_sound(folder, *RUNBOOK_KINDS)),
        commands=commands or CommandTree(),
        boards=boards,
        board_makers=board_makers,
        foreign_boards=foreign_boards,
        exemptions=tuple(
            each
            for each in _exceptions(folder)
            if isinstance(each, Exemption) and each.rule not in entries.left_out
        ),
        today=today,
        book=memory.book,
    )


def _carried(expressions: Iterable[Expression]) -> Carried:
    """Return what tells the labels that an alert can carry, by its expression."""
    by_rule = {expression.rule: expression.labels for expression in expressions}

    def carried(alert: Alert) -> frozenset[str] | None:
        labels = by_rule[alert.name]
        return None if labels is None else labels | frozenset(alert.labels)

    return carried


def exception_problems(folder: Folder) -> list[Problem]:
    """Return the exceptions that end on no day of the calendar."""
    return [found for found in _exceptions(folder) if isinstance(found, Problem)]


def _exceptions(folder: Folder) -> Iterator[Exemption | Problem]:
    for document in _sound(folder):
        yield from exemptions_of(document)


def _sound(folder: Folder, *kinds: str) -> Iterator[Document]:
    """Yield the documents whose shape is right, of some kinds or of all."""
    for document in folder.documents:
        if document.file not in folder.broken and (not kinds or kind_of(document) in kinds):
            yield document


def policy_problems(folder: Folder) -> list[Problem]:
    """Return the problem of a catalogue that has no policy, or more than one.

    Whether it has none is not known while it is not known what it builds on.
    """
    found = folder.of_kind("Policy")
    hint = "a catalogue has exactly one document of kind Policy"
    unknown = any(document.file in folder.broken for document in folder.of_kind(PACK))
    if not found and folder.documents and not unknown:
        message = "the catalogue has no policy"
        return [folder.documents[0].problem("missing-policy", message, hint=hint)]
    message = f"a second policy; the first is {found[0].file}" if found else ""
    return [doc.problem("duplicate-policy", message, ["kind"], hint=hint) for doc in found[1:]]


def _policy(folder: Folder) -> Policy:
    found = folder.of_kind("Policy")
    if not found or found[0].file in folder.broken:
        return _NO_POLICY
    policy = resolve_policy(found[0].data)
    # What is taken over keeps its steps, and with them the programs that they name.
    below = (name for document in folder.policies for name in document.data.get("commands", ()))
    return replace(policy, commands=tuple(dict.fromkeys((*policy.commands, *below))))


def _unknown_in_packs(folder: Folder) -> Iterator[Problem]:
    """Yield what a pack leaves out or changes that no catalogue below has."""
    composition = folder.composition
    if composition is None:
        return
    names, domains, owners = _held(folder, composition)
    for number, level in enumerate(composition.levels):
        if level.pack:
            below = composition.below[number]
            known = frozenset[str]().union(*(names[each] for each in below))
            fields = domains[number].union(*(domains[each] for each in below))
            yield from level.pack.unknown(known, fields, names[number])
            below_it = frozenset[str]().union(*(owners[each] for each in below))
            yield from level.pack.unknown_owners(below_it)


def _held(
    folder: Folder, composition: Composition
) -> tuple[list[frozenset[str]], list[frozenset[str]], list[frozenset[str]]]:
    """Return the names of the entries of each catalogue, its domains, and who owns there."""
    names = [frozenset[str]() for _ in composition.levels]
    domains = [frozenset[str]() for _ in composition.levels]
    owners = [frozenset[str]() for _ in composition.levels]
    for document in (*folder.documents, *folder.policies):
        number = composition.home[document.file]
        names[number] |= names_in(document)
        domains[number] |= domains_in(document)
        owners[number] |= owners_in(document)
    return names, domains, owners


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
    return replace(world, series=everything, known={}), expressions


def _resolved(entry: Entry, setup: Setup, policy: Policy) -> Resolved:
    if entry.key == "slos":
        return resolve_slo(entry, policy)
    return resolve_alert(entry, setup)


def _recordings(folder: Folder) -> tuple[Recording, ...]:
    recordings = list[Recording]()
    for document in folder.of_kind("Recordings"):
        count = len(listed_in(document, "recordings"))
        broken = broken_in(document, "recordings", folder)
        recordings += [resolve_recording(document, i) for i in range(count) if i not in broken]
    return tuple(recordings)
