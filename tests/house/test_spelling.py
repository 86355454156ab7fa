"""No word of the pages, the catalogue or the code is one of the common misspellings.

Words that only look so – of examples of mistakes, and of others' programs – are in spelling.txt.
"""

import subprocess
import sys
from pathlib import Path

from .blocks import ROOT

WORDS = Path(__file__).with_name("spelling.txt")
# Others' words: of exporters and packages; and what is compiled from what is looked at.
LEFT_OUT = (
    "tests/",
    "compiled/",
    "generator/contracts/",
    "tools/go.",
    "constraints.txt",
    ".links/",
)
TEXTS = (".md", ".py", ".yaml", ".yml", ".toml", ".html", ".css", ".js", ".txt", ".service")


def checked(*files: str) -> list[str]:
    """Return the misspelled words of files, each with its place and what may be meant."""
    command = [sys.executable, "-m", "codespell_lib", "--ignore-words", str(WORDS), *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_no_word_is_misspelled() -> None:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    tracked = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    files = [name for name in tracked.stdout.splitlines() if name.endswith(TEXTS)]
    own = [name for name in files if not name.startswith(LEFT_OUT) and (ROOT / name).is_file()]
    assert len(own) > 1000
    assert checked(*own) == []


def test_a_misspelling_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("They recieve it.\n")
    (found,) = checked(str(page))
    assert "receive" in found
