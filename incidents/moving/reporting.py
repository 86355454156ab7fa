"""What came of an import, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sothat.incidents.moving.composing import Configuration
from sothat.incidents.moving.neutral import Loss
from sothat.incidents.terminal import plain
from sothat.service_levels.words import counted

# Of what the export does not hold.
_NOWHERE = "export"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an import.

    Attributes:
        title: The other system.
        files: What was written.
    """

    title: str
    made: Configuration
    files: tuple[str, ...]

    @property
    def lost(self) -> tuple[Loss, ...]:
        """Return what did not carry over."""
        return tuple(loss for loss in self.made.losses if not loss.kept)

    @property
    def notes(self) -> tuple[Loss, ...]:
        """Return what did, and somebody should know."""
        return tuple(loss for loss in self.made.losses if loss.kept)


def as_text(report: Report) -> str:
    """Return a report for people."""
    return "".join(f"{plain(line)}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    made = report.made
    counts = ((made.users, "user"), (made.rotations, "rotation"), (made.teams, "team"))
    yield f"{report.title}: {', '.join(counted(len(what), word) for what, word in counts)}"
    yield from (f"wrote {file}" for file in report.files)
    for loss in report.lost:
        yield from _told("not carried over", loss)
    for loss in report.notes:
        yield from _told("note", loss)
    yield f"{len(report.lost)} not carried over, {len(report.notes)} to know"


def _told(word: str, loss: Loss) -> Iterator[str]:
    yield f"{loss.place or _NOWHERE}: {word}: {loss.what}"
    yield f"  instead: {loss.instead}"


def as_data(report: Report) -> dict[str, Any]:
    """Return the same as plain data."""
    made = report.made
    return {
        "system": report.title,
        "users": len(made.users),
        "rotations": sorted(made.rotations),
        "teams": sorted(made.teams),
        "files": list(report.files),
        "not_carried_over": [_plain(loss) for loss in report.lost],
        "notes": [_plain(loss) for loss in report.notes],
    }


def _plain(loss: Loss) -> dict[str, Any]:
    found = asdict(loss)
    return {key: found[key] for key in ("place", "what", "instead")}
