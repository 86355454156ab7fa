"""Goes forward step by step, and all the way back where a step fails."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sothat.live.applying.journal import Entry, Journal, Status
from sothat.live.applying.part import Part, Step
from sothat.model.problem import Problem, Unusable

# Told before each step: its number, how many there are, its name.
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an apply ended.

    Attributes:
        applied: Whether the new state is live; else the old one is, as far as `problems` allow.
        problems: Why it went back, then what could not be put back or verified.
    """

    applied: bool
    problems: tuple[Problem, ...] = ()


def go_forward(journal: Journal, entry: Entry, parts: Sequence[Part], report: Report) -> Outcome:
    """Bring about the new state, or the old one again.

    Args:
        journal: Where each step is put down before it is done.
        entry: The apply; its new and old contents are in the journal.
        parts: In an order in which somebody hears of every alert on the way.
        report: Is told of each step.
    """
    steps = [step for part in parts for step in part.prepare()]
    steps += [step for part in parts for step in part.forward()]
    try:
        for number, step in enumerate(steps, start=1):
            entry = journal.note(entry, status=Status.APPLYING, step=step.name)
            report(number, len(steps), step.name)
            step.do()
        journal.note(entry, status=Status.APPLIED, step="")
    except (Unusable, OSError, KeyboardInterrupt) as error:
        back = go_back(journal, entry, parts, report)
        return Outcome(applied=False, problems=(*_problems(error), *back.problems))
    _tidy(parts)
    return Outcome(applied=True)


def go_back(journal: Journal, entry: Entry, parts: Sequence[Part], report: Report) -> Outcome:
    """Bring the old state about again, as much of it as can be.

    Every step is tried: what fails is told at the end, and tried again by the next apply.
    """
    found = list(_noted(journal, entry, Status.ROLLING_BACK))
    steps = [step for part in reversed(parts) for step in part.back()]
    for number, step in enumerate(steps, start=1):
        report(number, len(steps), f"back – {step.name}")
        found += _tried(step)
    status = Status.ROLLING_BACK if found else Status.ROLLED_BACK
    found += _noted(journal, entry, status, notes=tuple(p.message for p in found))
    if not found:
        _tidy(parts)
    return Outcome(applied=False, problems=tuple(found))


def _tried(step: Step) -> Iterator[Problem]:
    try:
        step.do()
    except (Unusable, OSError) as error:
        yield from _problems(error, f"{step.name}: ")


def _noted(
    journal: Journal, entry: Entry, status: Status, notes: tuple[str, ...] = ()
) -> Iterator[Problem]:
    """Put down how far it is; on a disk that takes nothing the way back is gone all the same."""
    try:
        journal.note(entry, status=status, notes=notes)
    except OSError as error:
        yield from _problems(error, "the journal cannot be written: ")


def _problems(error: BaseException, where: str = "") -> Iterator[Problem]:
    if isinstance(error, Unusable):
        for problem in error.problems:
            message = f"{where}{problem.message}"
            yield Problem(problem.code, message, problem.position, problem.hint)
    elif isinstance(error, KeyboardInterrupt):
        yield Problem("apply-interrupted", "somebody interrupted it")
    else:
        reason = getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None)
        yield Problem("unwritable-output", f"{where}{reason}{f': {name}' if name else ''}")


def _tidy(parts: Sequence[Part]) -> None:
    for part in parts:
        part.tidy()
