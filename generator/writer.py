"""Writes artefacts: all of them or none, and removes only what an earlier build wrote."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sothat.model.artefact import Artefact
from sothat.model.problem import Position, unusable

MANIFEST = "manifest.json"
_FILES, _BEFORE = "files", "before"
_STAGING, _LOCK = ".sothat-build-", "lock"


@dataclass(frozen=True, slots=True)
class Difference:
    """A file of the output that is not as the catalogue would have it: how, and its path."""

    what: str
    path: str


def differences(artefacts: Sequence[Artefact], output: Path) -> list[Difference]:
    """Return how the files of an output folder differ from the artefacts."""
    found = [d for artefact in _with_manifest(artefacts) for d in _difference(artefact, output)]
    found += [Difference("left over", path) for path in _left_over(artefacts, output)]
    return found


def write(artefacts: Sequence[Artefact], output: Path) -> list[Difference]:
    """Make an output folder hold exactly the artefacts, beside what others put there.

    All texts are written aside first; then the changed files are put in place, and put back
    should one of them fail. Builds into one folder wait for each other. While files are put in
    place the manifest names those of the earlier build, too: whoever is killed then leaves a
    folder that is visibly neither, and that the next build clears.

    Returns:
        What was changed.

    Raises:
        Unusable: The folder cannot be written; it is as it was before.
    """
    _refuse_outside(artefacts)
    try:
        output.mkdir(parents=True, exist_ok=True)
        with _alone(output):
            _sweep(output)
            changes = differences(artefacts, output)
            if changes:
                with _staging(output) as staging:
                    _replace_all(_with_manifest(artefacts), changes, output, staging)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot write the output: {reason}"
        position = Position(str(error.filename or output))
        raise unusable("unwritable-output", message, position=position) from error
    return changes


def _with_manifest(artefacts: Sequence[Artefact]) -> list[Artefact]:
    """Return the artefacts and, last, the list of them that the next build goes by."""
    digests = {artefact.path: _digest(artefact.text.encode()) for artefact in artefacts}
    return [*artefacts, Artefact(MANIFEST, _as_json({_FILES: dict(sorted(digests.items()))}))]


def _as_json(data: object) -> str:
    return json.dumps(data, indent=2) + "\n"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _difference(artefact: Artefact, output: Path) -> Iterator[Difference]:
    content = _content(output / artefact.path)
    if content is None:
        yield Difference("missing", artefact.path)
    elif content != artefact.text.encode():
        yield Difference("stale", artefact.path)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _left_over(artefacts: Sequence[Artefact], output: Path) -> list[str]:
    """Return the files that an earlier build wrote, this one does not, and nobody edited."""
    made = {artefact.path for artefact in artefacts}
    former = _former(output)
    return [
        path
        for path in sorted(former.keys() - made)
        if (content := _content(output / path)) is not None and _digest(content) in former[path]
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


def _refuse_outside(artefacts: Sequence[Artefact]) -> None:
    for artefact in artefacts:
        if not _is_inside(artefact.path):
            raise unusable("artefact-outside", f"{artefact.path} is no path in the output folder")


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
    artefacts: Sequence[Artefact], changes: Sequence[Difference], output: Path, staging: Path
) -> None:
    texts = {artefact.path: artefact.text for artefact in artefacts}
    changes = sorted(changes, key=lambda change: change.path == MANIFEST)  # at the very end
    for number, change in enumerate(changes):
        if change.path in texts:
            (staging / f"new-{number}").write_bytes(texts[change.path].encode())
    done: list[tuple[Path, Path | None]] = []
    try:
        if changes[-1].path == MANIFEST:
            between = _put(_between(texts[MANIFEST], output), staging / "between")
            done.append(_replace(output / MANIFEST, between, staging / "before"))
        for number, change in enumerate(changes):
            new = staging / f"new-{number}" if change.path in texts else None
            done.append(_replace(output / change.path, new, staging / f"old-{number}"))
    except OSError:
        _put_back(done)
        raise
    _remove_empty(output, changes)


def _between(manifest: str, output: Path) -> str:
    """Return the manifest that holds until all files are in place."""
    before = {path: sorted(digests) for path, digests in sorted(_former(output).items())}
    return _as_json({**json.loads(manifest), _BEFORE: before})


def _put(text: str, file: Path) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


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
