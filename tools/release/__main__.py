"""Builds what a release consists of, and says what is wrong: ``make release-check``.

Everything is made from the commit that is checked out, in folders of its own: what lies about in
the working tree has no part in it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import archives
import bill
import versions

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Build; exit 1 when version, tag and changelog do not agree."""
    words = argparse.ArgumentParser(description=__doc__, prog="tools/release")
    words.add_argument("--tag", default="", help="such as v0.1.0; without one it is a trial")
    words.add_argument("--out", type=Path, default=Path("dist"), help="default: dist")
    words.add_argument("--only-archives", action="store_true", help="no bill of materials")
    words.add_argument("--only-version", action="store_true", help="build nothing")
    asked = words.parse_args()
    found = versions.version_of(ROOT)
    wrong = versions.findings(ROOT, found, asked.tag)
    for sentence in wrong:
        print(f"error: {sentence}", file=sys.stderr)
    if wrong or asked.only_version:
        return 1 if wrong else 0
    with tempfile.TemporaryDirectory(prefix="sothat-release-") as folder:
        made = build(Path(folder), asked.out, found, whole=not asked.only_archives)
    for file in made:
        print(file)
    return 0


def build(place: Path, out: Path, version: str, *, whole: bool) -> list[Path]:
    """Return the files of a release, in the folder they were written to."""
    out.mkdir(parents=True, exist_ok=True)
    source = place / "source"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, source], check=True)
    made = archives.build(source, place / "raw", out)
    if whole:
        wheel = next(file for file in made if file.suffix == ".whl")
        made.append(bill.write(wheel, ROOT / "constraints.txt", place, out, version))
    made.append(archives.sums(made, out))
    return made


if __name__ == "__main__":
    sys.exit(main())
