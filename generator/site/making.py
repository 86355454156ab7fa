"""Makes the site with Zensical: aside first, then put in place as a whole."""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from sothat.generator.runbooks.library import INDEX
from sothat.generator.site.configuration import SCRIPT, STYLE, configuration
from sothat.generator.site.contents import groups_of
from sothat.generator.site.finishing import finish
from sothat.model.problem import Position, Unusable, unusable

MARKER = "sothat-site.json"
_GENERATOR = "zensical"
_COMMENT = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)


def make_site(pages: Mapping[str, str], output: Path) -> bool:
    """Make an output folder hold the site of these pages, and nothing else.

    Returns:
        Whether it was made; it is left alone when it is the site of these pages already.

    Raises:
        Unusable: The generator is missing or failed, the folder holds something else or cannot be
            written; it is as it was before.
    """
    _want_generator()
    _refuse_foreign(output)
    marker = json.dumps({"pages": _digest(pages)}, indent=2) + "\n"
    if _text(output / MARKER) == marker:
        return False
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with _aside(output) as folder:
            site = _generated(pages, folder)
            (site / MARKER).write_text(marker, "utf-8")
            _put_in_place(site, output, folder)
    except OSError as error:
        raise _unwritable(error, output) from error
    return True


def _want_generator() -> None:
    if importlib.util.find_spec(_GENERATOR) is None:
        message = "the site generator (Zensical) is not installed"
        raise unusable("tool-missing", message, hint="pip install 'sothat[site]'")


def _refuse_foreign(output: Path) -> None:
    """Refuse a folder that holds anything but a site: all of it would be replaced."""
    if output.exists() and _text(output / MARKER) is None and _holds_something(output):
        message = "this is not the folder of a site, and would be replaced as a whole"
        position = Position(str(output))
        hint = "name a new or empty folder with -o"
        raise unusable("unwritable-output", message, position=position, hint=hint)


def _holds_something(output: Path) -> bool:
    return not output.is_dir() or any(output.iterdir())


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _digest(pages: Mapping[str, str]) -> str:
    """Return what the site depends on: pages, settings, and the release of the generator."""
    settings = (configuration(()), STYLE, SCRIPT, version(_GENERATOR))
    text = json.dumps([sorted(pages.items()), settings])
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def _aside(output: Path) -> Iterator[Path]:
    """Give a folder on the output's own file system, so that putting in place is a rename."""
    folder = Path(tempfile.mkdtemp(prefix=".sothat-site-", dir=output.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _generated(pages: Mapping[str, str], folder: Path) -> Path:
    """Return the folder of the finished site.

    Raises:
        Unusable: The generator failed.
    """
    docs = folder / "docs"
    for name, text in (("stylesheets/sothat.css", STYLE), ("javascripts/sothat.js", SCRIPT)):
        file = docs / "assets" / name
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")
    for name, text in pages.items():
        (docs / f"{name}.md").write_text(_source(name, text), "utf-8")
    settings = configuration(groups_of(pages[INDEX]))
    (folder / "zensical.toml").write_text(settings, "utf-8")
    _run(folder)
    finish(folder / "site")
    return folder / "site"


def _source(name: str, text: str) -> str:
    """Return a page as the generator takes it; the index, which has all words, is not searched."""
    head = "---\nsearch:\n  exclude: true\n---\n\n" if name == INDEX else ""
    return head + _COMMENT.sub("", text)


def _run(folder: Path) -> None:
    command = [sys.executable, "-P", "-m", _GENERATOR, "build"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode or not (folder / "site" / "index.html").is_file():
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        said = ": " + last[0] if last else ""
        raise unusable("site-failed", f"the site generator failed{said}")


def _put_in_place(site: Path, output: Path, folder: Path) -> None:
    """Swap the new site for the old one, which comes back if the new one does not go in."""
    former = folder / "former"
    if output.exists():
        output.rename(former)
    try:
        site.rename(output)
    except OSError:
        if former.exists():
            former.rename(output)
        raise


def _unwritable(error: OSError, output: Path) -> Unusable:
    reason = error.strerror or str(error)
    position = Position(str(error.filename or output))
    return unusable("unwritable-output", f"cannot write the site: {reason}", position=position)
