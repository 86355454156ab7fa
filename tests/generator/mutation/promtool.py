"""What promtool says of the same mutants: each in a rule file of its own."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from sothat.generator.foreign.rules import ForeignRule

_AT_ONCE = 400
_CHECKED = re.compile(r"^Checking (?P<file>.+)$")


def refused(tool: str, rules: Sequence[ForeignRule], work: Path) -> list[bool]:
    """Return for each rule whether ``promtool check rules --lint=all`` has a word against it."""
    work.mkdir(parents=True)
    files = [_written(rule, work / f"{number}.yaml") for number, rule in enumerate(rules)]
    faulty: set[str] = set()
    for start in range(0, len(files), _AT_ONCE):
        faulty |= set(_faulty(tool, files[start : start + _AT_ONCE]))
    return [file in faulty for file in files]


def _written(rule: ForeignRule, file: Path) -> str:
    kind = "alert" if rule.alert else "record"
    texts = {"annotations": dict(rule.annotations)} if rule.alert else {}
    entry = {kind: rule.name, "expr": rule.expr, "labels": dict(rule.labels), **texts}
    file.write_text(json.dumps({"groups": [{"name": "mutant", "rules": [entry]}]}))
    return str(file)


def _faulty(tool: str, files: Sequence[str]) -> Iterator[str]:
    done = subprocess.run(
        [tool, "check", "rules", "--lint=all", *files], capture_output=True, text=True, check=False
    )
    current = ""
    for line in (done.stdout + "\n" + done.stderr).splitlines():
        match = _CHECKED.match(line)
        current = match["file"] if match else current
        # Errors follow on the other stream and name their file themselves.
        named = next((file for file in files if line.strip().startswith(f"{file}:")), "")
        if named or "FAILED" in line or "lint error" in line:
            yield named or current


def version(tool: str) -> str:
    """Return a tool's version."""
    done = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+\.\d+\.\d+)?", done.stdout + done.stderr)
    return (found and found[1]) or "of unknown version"
