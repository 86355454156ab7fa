"""Builds the site of the documentation: `python tools/docs [-o FOLDER]`.

Zensical reads `zensical.toml` at the root. The pages are copied first, since some of what they lead
to lies outside of docs/: runbooks become pages of the site, other files are copied, folders are
only named.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from finishing import finish
from navigation import misplaced
from staging import stage

ROOT = Path(__file__).resolve().parents[2]
_CONFIGURATION = ROOT / "zensical.toml"
# As the configuration names them.
_PAGES, _SITE = "docs", "build/docs"


def main() -> int:
    """Build the site; return 0, or 1 if something of it is astray."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / _SITE)
    output = parser.parse_args().output.resolve()
    with tempfile.TemporaryDirectory(prefix="sothat-docs-") as work:
        folder = Path(work)
        stage(ROOT, folder / _PAGES)
        problems = misplaced(folder / _PAGES, _CONFIGURATION)
        sys.stderr.writelines(f"{problem}\n" for problem in problems)
        if problems or not _built(folder):
            return 1
        finish(folder / _SITE)
        _replace(folder / _SITE, output)
    sys.stdout.write(f"{sum(1 for _ in output.rglob('*.html'))} pages in {output}\n")
    return 0


def _built(folder: Path) -> bool:
    shutil.copy(_CONFIGURATION, folder)
    command = [sys.executable, "-P", "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        # What follows is how the generator gave up, not why.
        sys.stderr.write((done.stdout + done.stderr).partition("Traceback")[0])
    return done.returncode == 0


def _replace(site: Path, output: Path) -> None:
    """Put the site in place; a folder that is no site of ours stays as it is."""
    if output.exists() and any(output.iterdir()) and not (output / "search.json").exists():
        sys.exit(f"{output} holds something else: name a new or empty folder")
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(site, output)


if __name__ == "__main__":
    sys.exit(main())
