"""Modules of probes, opened."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from sothat.exporters.probing import Module
from sothat.exporters.settings import ModuleSettings
from sothat.exporters.source import Context, Probe, Prober
from sothat.model.problem import Problem, Unusable


def open_modules(
    entries: Iterable[ModuleSettings], types: Mapping[str, Prober], context: Context
) -> Sequence[Module]:
    """Return the configured modules.

    Raises:
        Unusable: Some cannot be opened; the problems of all are named, and none stays open.
    """
    opened: list[Module] = []
    problems: list[Problem] = []
    with ExitStack() as undo:
        for entry in entries:
            named = Context(entry.name, context.folder, context.environment, context.clock)
            try:
                probe = types[entry.type].open(entry.settings, named)
            except Unusable as error:
                problems += error.problems
            else:
                undo.callback(probe.close)
                opened.append(_module(entry, probe, named))
        if problems:
            raise Unusable(problems)
        undo.pop_all()
    return opened


def _module(entry: ModuleSettings, probe: Probe, named: Context) -> Module:
    return Module(
        entry.name,
        entry.type,
        entry.deadline,
        entry.max_series,
        entry.targets,
        probe,
        tuple(named.secrets),
    )
