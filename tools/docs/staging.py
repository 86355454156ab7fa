"""The pages as the site has them: links that leave docs/ lead to where their files are now."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

# Pages outside of docs/ that belong to the site, and where.
_PROJECT = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_STYLE = "site.css"
_HOME = Path("README.md")
_CODE = re.compile(r"^ *(```+|~~~+).*?^ *\1`*\s*$|(`+)[^\n]*?\2", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<text>!?\[[^\[\]]*\])\((?P<target>[^)\s]+)\)")
_FOREIGN = re.compile(r"[a-z]+:|#")
_COMMENT = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)


def stage(root: Path, target: Path) -> None:
    """Copy all pages and what they lead to into a folder.

    Args:
        root: Of the repository.
        target: The folder, which is made.
    """
    shutil.copytree(root / "docs", target)
    (target / "assets").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name(_STYLE), target / "assets")
    places = dict(_places(root))
    for source, place in places.items():
        file = target / place
        file.parent.mkdir(parents=True, exist_ok=True)
        page = _Page(root, target, places, source)
        file.write_text(page.rewritten(), encoding="utf-8")


def _places(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each page's path in the repository, and in the site."""
    for file in sorted((root / "docs").rglob("*.md")):
        yield file.relative_to(root), file.relative_to(root / "docs")
    for file in sorted((root / "compiled" / "runbooks").glob("*.md")):
        yield file.relative_to(root), Path("runbooks", file.name)
    for name in _PROJECT:
        yield Path(name), Path("project", name.lower())


class _Page:
    """One page on its way into the site."""

    def __init__(self, root: Path, target: Path, places: dict[Path, Path], source: Path) -> None:
        self._root, self._target, self._places, self._source = root, target, places, source

    def rewritten(self) -> str:
        """Return its text with links as the site needs them; code stays as it is."""
        text = _COMMENT.sub("", (self._root / self._source).read_text(encoding="utf-8"))
        parts, at = [], 0
        for code in _CODE.finditer(text):
            # A link's text may be code: such a piece is no boundary.
            if text[code.start() - 1 : code.start()] == "[":
                continue
            parts += [_LINK.sub(self._link, text[at : code.start()]), code[0]]
            at = code.end()
        return "".join([*parts, _LINK.sub(self._link, text[at:])])

    def _link(self, found: re.Match[str]) -> str:
        path, mark, anchor = found["target"].partition("#")
        if not path or _FOREIGN.match(found["target"]):
            return found[0]
        wanted = Path(os.path.normpath(self._source.parent / path))
        place = self._place(wanted)
        if place is None:
            return found["text"].strip("![]")
        here = self._places[self._source].parent
        return f"{found['text']}({os.path.relpath(place, here)}{mark}{anchor})"

    def _place(self, wanted: Path) -> Path | None:
        """Return where in the site something of the repository is; None: it is not."""
        if wanted == _HOME:
            return _HOME
        if (self._root / wanted).is_dir():
            wanted /= "README.md"
        if wanted in self._places:
            return self._places[wanted]
        if wanted.parts[0] == "docs" or not (self._root / wanted).is_file():
            # A page of ours that is not there stays astray, so that the generator says so.
            return Path(*wanted.parts[1:]) if wanted.name != "README.md" else None
        return self._copied(wanted)

    def _copied(self, wanted: Path) -> Path:
        # Another page of Markdown is shown as it is: it has no place in the navigation.
        place = Path("files", f"{wanted}.txt" if wanted.suffix == ".md" else wanted)
        (self._target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._root / wanted, self._target / place)
        return place
