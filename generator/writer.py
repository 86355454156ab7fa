"""Writes artefacts: all of them or none, and removes only what an earlier build wrote."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sothat.generator.emitter import refuse_clashes
from sothat.model.artefact import Artefact
from sothat.model.problem import Position, unusable
from sothat.runtime.forks import shared_out

MANIFEST = "manifest.json"
Source = Callable[[], Iterable[Artefact]]
_FILES, _BEFORE = "files", "before"
_STAGING, _LOCK = ".sothat-build-", "lock"
# Characters of a text that are looked at together.
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A file of the output that is not as the catalogue would have it: how, and its path."""

    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Written:
    """How many files an output folder holds, and what was changed."""

    files: int
    changes: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file as it should be: how the one that is there differs, and where the new one waits."""

    path: str
    digest: str
    what: str
    aside: Path | None


def differences(sources: Sequence[Source], output: Path, jobs: int = 1) -> list[Difference]:
    """Return how the files of an output folder differ from the artefacts; see `write`."""
    return _changes(_looked(sources, output, None, jobs), output)


def write(sources: Sequence[Source], output: Path, jobs: int = 1) -> Written:
    """Make an output folder hold exactly the artefacts, beside what others put there.

    All texts are written aside first; then the changed files are put in place, and put back
    should one of them fail. Builds into one folder wait for each other. While files are put in
    place the manifest names those of the earlier build, too: whoever is killed then leaves a
    folder that is visibly neither, and that the next build clears.

    Args:
        sources: Make the artefacts; no text is kept for longer than it takes to write it aside.
        output: The folder.
        jobs: How many processes take part.

    Raises:
        Unusable: The folder cannot be written, or two artefacts want one path; the folder is as it
            was before.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with _alone(output):
            _sweep(output)
            with _staging(output) as staging:
                looked = _looked(sources, output, staging, jobs)
                changes = _changes(looked, output)
                _replace_all(looked, changes, output, staging)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot write the output: {reason}"
        position = Position(str(error.filename or output))
        raise unusable("unwritable-output", message, position=position) from error
    return Written(len(looked) - 1, changes)


def _looked(
    sources: Sequence[Source], output: Path, staging: Path | None, jobs: int
) -> list[_Looked]:
    """Return all files by path, and last the manifest, by which the next build goes.

    Raises:
        Unusable: Two artefacts want one path, or one wants a path outside.
    """

    def work(source: Source) -> list[_Looked]:
        return [_look(artefact, output, staging) for artefact in source()]

    found = [each for some in shared_out(work, sources, jobs) for each in some]
    found.sort(key=lambda each: each.path)
    refuse_clashes([each.path for each in found])
    manifest = _as_json({_FILES: {each.path: each.digest for each in found}})
    return [*found, _look(Artefact(MANIFEST, manifest), output, staging)]


def _look(artefact: Artefact, output: Path, staging: Path | None) -> _Looked:
    """Compare an artefact with the file that is there; where they differ write it aside."""
    if not _is_inside(artefact.path) and artefact.path != MANIFEST:
        raise unusable("artefact-outside", f"{artefact.path} is no path in the output folder")
    what = _difference(artefact.text, output / artefact.path)
    aside = staging / f"new-{_digest([artefact.path.encode()])}" if what and staging else None
    if aside:
        with aside.open("wb") as file:
            file.writelines(_pieces(artefact.text))
    return _Looked(artefact.path, _digest(_pieces(artefact.text)), what, aside)


def _difference(text: str, file: Path) -> str:
    """Return how a file differs from the text that it should hold; empty where it does not."""
    try:
        with file.open("rb") as there:
            same = all(there.read(len(piece)) == piece for piece in _pieces(text))
            return "" if same and not there.read(1) else "stale"
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return "missing"


def _pieces(text: str) -> Iterator[bytes]:
    """Yield a text as bytes, piece by piece: nobody holds a second copy of a long one."""
    return (text[start : start + _PIECE].encode() for start in range(0, len(text), _PIECE))


def _changes(looked: Sequence[_Looked], output: Path) -> list[Difference]:
    """Return what differs; the manifest comes last."""
    *files, manifest = looked
    found = [Difference(each.what, each.path) for each in files if each.what]
    found += [Difference("left over", path) for path in _left_over(files, output)]
    return [*found, *([Difference(manifest.what, manifest.path)] if manifest.what else [])]


def _as_json(data: object) -> str:
    return json.dumps(data, indent=2) + "\n"


def _digest(content: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for piece in content:
        found.update(piece)
    return found.hexdigest()


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _left_over(looked: Sequence[_Looked], output: Path) -> list[str]:
    """Return the files that an earlier build wrote, this one does not, and nobody edited."""
    made = {each.path for each in looked}
    former = _former(output)
    return [
        path
        for path in sorted(former.keys() - made)
        if (content := _content(output / path)) is not None and _digest([content]) in former[path]
    ]


def _former(output: Path) -> Mapping[str, frozenset[str]]:
    """Return what the files of the earlier build may be, nothing when there is none to go by.

    Of one that was killed this is what it made, and what it was about to replace.
    """
    try:
        data = json.loads(_content(output / MANIFEST) or b"{}")
        found = {path: {str(digest)} for path, digest in data.get(_FILES, {}).items()}
        for path, digests in data.get(_BEFORE, {}).items():
            found.setdefault(path, set()).update(map(str, digests))
        return {path: frozenset(known) for path, known in found.items() if _is_inside(path)}
    except (ValueError, AttributeError, TypeError):
        return {}


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and path != MANIFEST


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Wait until no other build writes the folder; some file systems know no such lock."""
    folder = os.open(output, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """Give a folder on the output's own file system, so that putting in place is a rename."""
    folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=output))
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(output: Path) -> None:
    """Remove what builds left that were killed; those that still run hold their lock."""
    for folder in output.glob(f"{_STAGING}*"):
        with suppress(OSError), (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)


def _replace_all(
    looked: Sequence[_Looked], changes: Sequence[Difference], output: Path, staging: Path
) -> None:
    asides = {each.path: each.aside for each in looked}
    done: list[tuple[Path, Path | None]] = []
    try:
        if manifest := asides[MANIFEST]:
            between = _between(manifest.read_text(encoding="utf-8"), output)
            aside = staging / "between"
            aside.write_text(between, encoding="utf-8")
            done.append(_replace(output / MANIFEST, aside, staging / "before"))
        for number, change in enumerate(changes):
            new = asides.get(change.path)
            done.append(_replace(output / change.path, new, staging / f"old-{number}"))
    except OSError:
        _put_back(done)
        raise
    _remove_empty(output, changes)


def _between(manifest: str, output: Path) -> str:
    """Return the manifest that holds until all files are in place."""
    before = {path: sorted(digests) for path, digests in sorted(_former(output).items())}
    return _as_json({**json.loads(manifest), _BEFORE: before})


def _replace(target: Path, new: Path | None, old: Path) -> tuple[Path, Path | None]:
    """Put a file in place, or remove it; return it with the copy of what stood there."""
    kept = None
    if target.exists():
        os.link(target, old)
        kept = old
    if new is None:
        target.unlink()
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.replace(target)
    return target, kept


def _put_back(done: Sequence[tuple[Path, Path | None]]) -> None:
    for target, kept in reversed(done):
        if kept is None:
            target.unlink(missing_ok=True)
        else:
            kept.replace(target)


def _remove_empty(output: Path, changes: Sequence[Difference]) -> None:
    """Remove folders that the removal of left-over files emptied."""
    for change in changes:
        folder = (output / change.path).parent
        if change.what == "left over" and folder != output and not any(folder.iterdir()):
            folder.rmdir()
