"""A folder as it was at a revision of its git repository."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sothat.model.problem import Position, Unusable, unusable

_SECONDS = 60.0


@contextmanager
def folder_at(folder: Path, revision: str) -> Iterator[Path]:
    """Yield a folder that holds what another held at a revision; it is gone afterwards.

    Raises:
        Unusable: The folder is in no git repository, or was not there at that revision.
    """
    top = _git(folder, "rev-parse", "--show-toplevel").decode().strip()
    inner = folder.resolve().relative_to(Path(top).resolve()).as_posix()
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    archive = _git(Path(top), "archive", "--format=tar", commit.decode().strip(), "--", inner)
    with tempfile.TemporaryDirectory(prefix="sothat-revision-") as place:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            _unpack(tar, Path(place))
        yield Path(place, inner)


def _unpack(tar: tarfile.TarFile, place: Path) -> None:
    """Write the regular files; a catalogue has no others, and links could lead anywhere."""
    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        target = place / member.name
        if content is not None and target.resolve().is_relative_to(place.resolve()):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())


def _git(folder: Path, *arguments: str) -> bytes:
    command = ("git", "-C", str(folder), *arguments)
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(folder, "git does not run") from error
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise _refused(folder, words or "git failed")
    return done.stdout


def _refused(folder: Path, words: str) -> Unusable:
    hint = "name a branch, a tag or a commit of the catalogue's own git repository"
    return unusable("unknown-revision", words, position=Position(str(folder)), hint=hint)
