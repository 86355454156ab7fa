"""``sothat check --rules … --dashboards …``: anybody's files against contracts of their choice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from sothat.generator.contracting.document import read_contract
from sothat.generator.contracting.shipped import CLIENT_LIBRARIES
from sothat.generator.declared import installed_contracts, series_of
from sothat.generator.foreign.dashboards import board_problems
from sothat.generator.foreign.rule_problems import problems_within, with_records
from sothat.generator.foreign.rules import ForeignRule, read_rules
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract
from sothat.model.problem import Position, Problem, Unusable, unusable

_T = TypeVar("_T")

# What Prometheus and the client libraries add to every target, whatever it exposes.
_EVERYWHERE = (CLIENT_LIBRARIES, "synthetic")

# What relabelling and service discovery commonly add to every series.
COMMON_LABELS = frozenset(
    (
        "instance", "job", "cluster", "namespace", "pod", "service", "container", "node",
        "endpoint", "prometheus", "environment", "env", "region", "zone", "datacenter", "team",
        "host", "hostname", "metrics_path",
    )
)  # fmt: skip
_RULE_FILES = (".yaml", ".yml", ".json")
_BOARD_FILES = (".json",)


@dataclass(frozen=True, slots=True)
class Request:
    """What to check.

    Attributes:
        rules: Rule files and manifests, or folders of them.
        boards: Grafana's JSON, or folders of it.
        contracts: Names of shipped contracts, files or folders; none: what needs none is checked.
        labels: Further labels that scrapes add.
        scrape_interval: Seconds between two scrapes.
    """

    rules: Sequence[Path] = ()
    boards: Sequence[Path] = ()
    contracts: Sequence[str] = ()
    labels: frozenset[str] = field(default_factory=frozenset)
    scrape_interval: float = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: problems, and those that made a file unusable."""

    problems: tuple[Problem, ...]
    unusable: tuple[Problem, ...]


def check_files(request: Request) -> Outcome:
    """Return all problems of all files; an unusable file does not hide the others' problems.

    Raises:
        Unusable: A contract cannot be had.
    """
    world = _world(request)
    refused: list[Problem] = []
    rules: list[ForeignRule] = []
    problems: list[Problem] = []
    for path in _each(request.rules, _RULE_FILES, refused):
        found, wrong = _attempt(partial(read_rules, path), refused) or ([], [])
        rules += found
        problems += wrong
    known = with_records(world, rules)
    problems += problems_within(rules, known)
    for path in _each(request.boards, _BOARD_FILES, refused):
        problems += _attempt(partial(board_problems, path, known), refused) or []
    return Outcome(_in_order(problems), tuple(refused))


def _world(request: Request) -> World:
    contracts = list(_contracts(request.contracts))
    return World(
        series_of(contracts),
        extra_labels=COMMON_LABELS | request.labels,
        scrape_interval=request.scrape_interval,
        closed=bool(request.contracts),
    )


def _contracts(names: Sequence[str]) -> Iterator[Contract]:
    """Yield the contracts asked for, and what every target of Prometheus has anyway."""
    if not names:
        return
    installed = {contract.source: contract for contract in installed_contracts()}
    for name in dict.fromkeys((*names, *_EVERYWHERE)):
        if name in installed:
            yield installed[name]
        elif Path(name).exists():
            yield from map(read_contract, _files(Path(name)))
        else:
            hint = f"known: {', '.join(sorted(installed))}; others by file or folder"
            raise unusable("unknown-contract", f"there is no contract '{name}'", hint=hint)


def _files(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    found = sorted(path for path in given.iterdir() if path.suffix in (".yaml", ".yml"))
    if not found:
        raise unusable("no-files", "no contract in this folder", position=Position(str(given)))
    return found


def _each(given: Iterable[Path], endings: Sequence[str], refused: list[Problem]) -> Iterator[Path]:
    for path in given:
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for p in path.rglob("*") if p.suffix in endings and p.is_file())
        if not found:
            message = f"no {' or '.join(endings)} file in this folder"
            refused.append(Problem("no-files", message, Position(str(path))))
        yield from found


def _attempt(read: Callable[[], _T], refused: list[Problem]) -> _T | None:
    try:
        return read()
    except Unusable as error:
        refused.extend(error.problems)
        return None


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    nowhere = Position("")
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.position or nowhere, p.code, p.message)))
