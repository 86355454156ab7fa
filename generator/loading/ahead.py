"""What other processes do while the rest of the compiler is still getting ready."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sothat.runtime.forks import begun

if TYPE_CHECKING:
    from sothat.generator.loading.files import ReadFile

Read = Callable[[Path], "ReadFile"]
T = TypeVar("T")


@contextmanager
def made_ahead(make: Callable[[], T], jobs: int) -> Iterator[Callable[[], T]]:
    """Have another process begin with something that is asked for once; give what waits for it.

    Args:
        make: A pure function; what it raises is raised by who waits.
        jobs: How many processes, this one included.
    """
    with begun(lambda _: make(), (None,), jobs) as shared:
        yield lambda: shared.results()[0]


@contextmanager
def reading_ahead(folder: Path, jobs: int) -> Iterator[Read]:
    """Have other processes begin with the files of a folder; give what reads one of them.

    The first that is asked for waits for all. Who asks for one again has it read again.

    Args:
        folder: The catalogue's.
        jobs: How many processes, this one included.
    """
    files = sorted(folder.rglob("*.yaml"))
    found: dict[Path, ReadFile] = {}
    with begun(_read, files, jobs) as shared:
        waiting = iter((shared,))

        def read(path: Path) -> "ReadFile":
            for work in waiting:
                found.update(zip(files, work.results(), strict=True))
            return found.pop(path, None) or _read(path)

        yield read


def _read(path: Path) -> "ReadFile":
    # What it needs is loaded by the processes that read, beside this one.
    from sothat.generator.loading.files import read_file  # noqa: PLC0415

    return read_file(path)
