"""Modules of probes, opened."""

from collections.abc import Iterable, Mapping, Sequence

from sothat.exporters.probing import Module
from sothat.exporters.settings import ModuleSettings
from sothat.exporters.source import Context, Prober
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
    for entry in entries:
        named = Context(entry.name, context.folder, context.environment, context.clock)
        try:
            probe = types[entry.type].open(entry.settings, named)
        except Unusable as error:
            problems += error.problems
            continue
        opened.append(
            Module(
                entry.name,
                entry.type,
                entry.deadline,
                entry.max_series,
                entry.targets,
                probe,
                tuple(named.secrets),
            )
        )
    if problems:
        for module in opened:
            module.probe.close()
        raise Unusable(problems)
    return opened
