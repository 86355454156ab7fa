"""The whole way from a catalogue's folder to artefacts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sothat.generator.checked import Check, CheckedCatalogue, check, in_order, problems_of
from sothat.generator.command_tree import CommandTree, installed_commands
from sothat.generator.declared import installed_contracts
from sothat.generator.draft import Draft
from sothat.generator.explanation import Explanation, explain
from sothat.generator.kind import Kind, installed_kinds
from sothat.generator.loading.dependencies import dependency_problems
from sothat.generator.loading.draft import draft_of, exception_problems, policy_problems
from sothat.generator.loading.folder import Folder, read_folder
from sothat.generator.loading.memory import Memory
from sothat.generator.loading.uninstalled import uninstalled_problems
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import Values
from sothat.model.board import Board, BoardMaker, is_uid
from sothat.model.metric import Contract
from sothat.model.problem import Problem, Severity, Unusable, unusable
from sothat.runtime.plugins import kept, load_extensions

__all__ = [
    "Inputs",
    "all_problems",
    "compile_catalogue",
    "explain_alert",
    "installed_boards",
    "installed_inputs",
    "shipped_catalogue",
    "sound_draft",
]

BOARDS = "sothat.boards"
# Modules of boards that belong to the catalogue that comes with us, and to no other.
_OWN = "sothat.dashboards."


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run compiles, and against what.

    Attributes:
        board_makers: What makes boards of any catalogue.
        foreign_boards: Boards that were made for another catalogue; see `Draft`.
        kinds: The templates of alerts by name.
        today: The day of the run; None: no exception has expired.
        memory: What earlier runs of this process have read.
        commands: Our own commands, which runbooks may name.
    """

    catalogue: Path
    contracts: tuple[Contract, ...]
    values: Values = field(default_factory=Values)
    boards: tuple[Board, ...] = ()
    board_makers: tuple[BoardMaker, ...] = ()
    foreign_boards: frozenset[str] = frozenset()
    kinds: Mapping[str, Kind] = field(default_factory=installed_kinds)
    today: date | None = None
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)
    commands: CommandTree = field(default_factory=installed_commands, repr=False)


def installed_inputs(
    catalogue: Path | None,
    values: Values,
    contracts: Callable[[], tuple[Contract, ...]] = installed_contracts,
) -> Inputs:
    """Return the inputs of a run with everything that is installed.

    Args:
        catalogue: A folder; None: the catalogue that comes with sothat.
        values: What the environment changes.
        contracts: Gives the installed contracts, which take longest to load.

    Raises:
        Unusable: An extension or a contract cannot be loaded.
    """
    boards, makers, shipped = installed_boards()
    own = shipped_catalogue()
    belong = catalogue is None or catalogue.resolve() == own.resolve()
    return Inputs(
        catalogue=catalogue or own,
        contracts=contracts(),
        values=values,
        boards=boards,
        board_makers=makers,
        foreign_boards=frozenset() if belong else shipped,
        today=datetime.now(UTC).date(),
    )


def installed_boards() -> tuple[tuple[Board, ...], tuple[BoardMaker, ...], frozenset[str]]:
    """Return the installed boards, what makes boards of a catalogue, and which are our own.

    Raises:
        Unusable: An extension cannot be loaded, or offers neither.
    """
    modules = load_extensions(BOARDS)
    for name, module in modules.items():
        if not hasattr(module, "BOARD") and not hasattr(module, "BOARDS"):
            message = f"{BOARDS}: '{name}' offers neither BOARD nor BOARDS"
            raise unusable("extension-broken", message, hint="repair or uninstall it")
    boards = {
        name: _findable(name, kept(module.BOARD, Board, f"{BOARDS}: '{name}': BOARD"))
        for name, module in modules.items()
        if hasattr(module, "BOARD")
    }
    makers = tuple(
        kept(module.BOARDS, BoardMaker, f"{BOARDS}: '{name}': BOARDS")
        for name, module in modules.items()
        if hasattr(module, "BOARDS")
    )
    ours = (name for name in boards if modules[name].__name__.startswith(_OWN))
    return tuple(boards.values()), makers, frozenset(boards[name].uid for name in ours)


def _findable(name: str, board: Board) -> Board:
    """Return a board that Grafana can file: it refuses a uid of another form, and all with it."""
    for part in ("uid", "title", "role"):
        kept(getattr(board, part), str, f"{BOARDS}: '{name}': its {part}")
    if not is_uid(board.uid):
        message = f"{BOARDS}: '{name}': its uid is '{board.uid:.80}'"
        hint = "1 to 40 letters, digits, hyphens and underscores make one"
        raise unusable("extension-broken", message, hint=hint)
    return board


def compile_catalogue(
    inputs: Inputs, checks: Sequence[Check], *, tests_by: int = 0
) -> CheckedCatalogue:
    """Read and check a catalogue.

    Args:
        inputs: What is compiled.
        checks: The checks to run.
        tests_by: How many processes make the alerts' tests, which takes longest, beside it; 0:
            nobody needs them.

    Raises:
        Unusable: A file cannot be read at all; the problems of all others come along.
        Refused: There are problems, all of them at once.
    """
    folder, draft = _read(inputs)
    inputs.memory.forget_files()
    earlier = _of_files(inputs, folder)
    if folder.unreadable:
        found = [*earlier, *problems_of(draft, checks)]
        raise Unusable(in_order([*folder.unreadable, *found]))
    if not tests_by:
        return check(draft, checks, earlier)
    with draft.workshop.begun(draft.catalogue.alerts, tests_by):
        # Together they are more processes than processors, so that none is idle when one is done.
        checked = check(draft, checks, earlier, tests_by)
        draft.book.lacking(())
    return checked


def _read(inputs: Inputs) -> tuple[Folder, Draft]:
    folder = read_folder(inputs.catalogue, inputs.memory.read)
    return folder, draft_of(
        folder,
        inputs.values,
        inputs.contracts,
        inputs.kinds,
        inputs.boards,
        inputs.board_makers,
        foreign_boards=inputs.foreign_boards,
        today=inputs.today,
        memory=inputs.memory,
        commands=inputs.commands,
    )


def _of_files(inputs: Inputs, folder: Folder) -> list[Problem]:
    """Return the problems that reading the files found."""
    return [
        *uninstalled_problems(inputs.catalogue),
        *folder.shape,
        *policy_problems(folder),
        *dependency_problems(folder),
        *exception_problems(folder),
    ]


def all_problems(inputs: Inputs, checks: Sequence[Check], jobs: int = 1) -> list[Problem]:
    """Return the problems of a catalogue, warnings included.

    Args:
        inputs: What is checked.
        checks: The checks to run.
        jobs: How many processes take part.

    Raises:
        Unusable: A file cannot be read at all.
    """
    folder, draft = _read(inputs)
    found = [*_of_files(inputs, folder), *problems_of(draft, checks, jobs)]
    if folder.unreadable:
        raise Unusable(in_order([*folder.unreadable, *found]))
    return in_order(found)


def explain_alert(inputs: Inputs, name: str) -> Explanation:
    """Return what becomes of one alert; problems elsewhere do not matter.

    Raises:
        Unusable: A file cannot be read at all, or there is no such alert that is well-formed.
    """
    folder, draft = _read(inputs)
    if folder.unreadable:
        raise Unusable(folder.unreadable)
    return explain(draft, name)


def sound_draft(inputs: Inputs, checks: Sequence[Check]) -> Draft:
    """Return a catalogue from which all can be worked out, whatever else is wrong with it.

    Raises:
        Unusable: A file cannot be read, or one of the binding checks finds something.
    """
    folder, draft = _read(inputs)
    binding = [each for each in checks if each.binding]
    found = [*folder.unreadable, *_of_files(inputs, folder), *problems_of(draft, binding)]
    if any(problem.severity is Severity.ERROR for problem in found):
        raise Unusable(in_order(found))
    return draft
