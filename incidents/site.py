"""The files of the static site of the runbooks: from one folder only, of known types only."""

import re
from dataclasses import dataclass
from pathlib import Path

# The types that the site generator writes; what is of another type is not served.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
_PATH = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,5}}", re.ASCII)
_HASHED = re.compile(r"[.-][0-9a-f]{8}\.(?:min\.)?(?:js|css)\Z", re.ASCII)
_INDEX = "index"


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file as it goes to a browser.

    Attributes:
        tag: Changes whenever the content does.
        lasting: Whether its name changes with its content, so that it may be kept for good.
    """

    content: bytes
    media_type: str
    tag: str
    lasting: bool


class Site:
    """The folder that ``sothat site`` writes; read anew each time, so that a rebuild shows."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, path: str) -> SiteFile | None:
        """Return a file; None if there is none, or no site.

        Each part of a path begins with a letter or digit, so that none leads up or is hidden; what
        a symbolic link leads out of the folder to is not there either.

        Args:
            path: Below the site, such as ``HostDown``, ``assets/x.js``; empty for its index.
        """
        if self._folder is None or not _PATH.fullmatch(path or _INDEX):
            return None
        for candidate in _candidates(path or _INDEX):
            if found := self._read(self._folder, candidate):
                return found
        return None

    def _read(self, folder: Path, path: str) -> SiteFile | None:
        media_type = _TYPES.get(Path(path).suffix)
        if media_type is None:
            return None
        try:
            file = (folder / path).resolve(strict=True)
            if not file.is_relative_to(folder.resolve()):
                return None
            status, content = file.stat(), file.read_bytes()
        except OSError:
            return None
        tag = f'"{status.st_mtime_ns:x}-{len(content):x}"'
        return SiteFile(content, media_type, tag, lasting=bool(_HASHED.search(path)))


def _candidates(path: str) -> tuple[str, ...]:
    """Return what a path may mean: a page goes by its name, without ``.html``."""
    return (path, f"{path}.html") if "/" not in path else (path,)
