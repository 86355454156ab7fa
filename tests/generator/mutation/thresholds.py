"""Mutants of a catalogue's thresholds: the unit lost, another one, one too many."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sothat.generator.checked import installed_checks
from sothat.generator.compile import all_problems, installed_inputs
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import Values
from sothat.runtime.documents import load_document

_THRESHOLD = re.compile(r"^(\s+threshold:\s*)([\"']?)([^\"'\n]+)\2$", re.MULTILINE)
_AMOUNT = re.compile(r"(?P<sign>[<>=!]+)\s*(?P<number>-?[\d.]+)\s*(?P<unit>%|[A-Za-z]*)")
_TIMES = ("ms", "s", "m", "h", "d")


def _unit_lost(sign: str, number: str, unit: str) -> str:
    return f"{sign} {number}" if unit in ("%", *_TIMES) and float(number) else ""


def _unit_exchanged(sign: str, number: str, unit: str) -> str:
    other = {"%": "s", **dict.fromkeys(_TIMES, "%")}.get(unit, "s" if unit else "")
    return f"{sign} {number}{other}" if other and unit != "sigma" else ""


def _bytes_instead(sign: str, number: str, unit: str) -> str:
    return f"{sign} {number}GiB" if unit in ("%", *_TIMES) else ""


Change = Callable[[str, str, str], str]
CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "threshold's unit lost": _unit_lost,
        "threshold in another unit": _unit_exchanged,
        "threshold in bytes": _bytes_instead,
    }
)


def threshold_mutants(work: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield kind, alert and the codes reported, of all thresholds of the shipped catalogue.

    All alerts are changed at once, for speed: each is judged by the problems that name it.
    """
    before = _reported(shipped_catalogue())
    for number, (kind, change) in enumerate(CHANGES.items()):
        folder = work / str(number) / "alert_rules"
        shutil.copytree(shipped_catalogue(), folder)
        changed = [name for file in folder.glob("*.yaml") for name in _mutate(file, change)]
        found = _reported(folder) - before
        for name in changed:
            yield kind, name, tuple(sorted(code for rule, code in found if rule == name))


def _reported(folder: Path) -> set[tuple[str, str]]:
    inputs = installed_inputs(folder, Values())
    return {(problem.rule, problem.code) for problem in all_problems(inputs, installed_checks())}


def _mutate(file: Path, change: Change) -> list[str]:
    """Change the thresholds of a file; return the names of the alerts whose are others now."""
    before = _thresholds(file)
    text = file.read_text(encoding="utf-8")
    file.write_text(_THRESHOLD.sub(lambda m: _changed(m, change), text), encoding="utf-8")
    after = _thresholds(file)
    return [name for name in before if before[name] != after[name]]


def _changed(match: re.Match[str], change: Change) -> str:
    parts = _AMOUNT.fullmatch(match[3].strip())
    new = change(parts["sign"], parts["number"], parts["unit"]) if parts else ""
    return f'{match[1]}"{new}"' if new else match[0]


def _thresholds(file: Path) -> dict[str, str]:
    data = load_document(file).data
    return {alert["name"]: alert["if"].get("threshold", "") for alert in data.get("alerts", ())}
