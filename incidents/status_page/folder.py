"""The page's files in a folder: each whole or as it was, whenever somebody looks."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sothat.incidents.status_page.rendering import INDEX, File

_READABLE = 0o644


def write(folder: Path, files: Mapping[str, File], former: Mapping[str, File]) -> None:
    """Write the files that have changed; the page last, so that what it refers to is there.

    Args:
        folder: Made where it is not there.
        files: By name.
        former: As they were written last.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda one: one == INDEX):
        known = former.get(name)
        if known is None or known.tag != files[name].tag or not (folder / name).exists():
            _replace(folder / name, files[name].content)


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), _READABLE)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
