"""Small files that outlive a crash: the old text or the new one, never half of either."""

import os
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Write a file whole, and have the disk confirm it.

    Raises:
        OSError: It cannot be written; what was there still is.
    """
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the disk confirm the file's new place, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
