"""Catalogues of any size, made from the shipped one: the same alerts under further names."""

import re
from collections.abc import Mapping
from pathlib import Path

from sothat.generator.shipped import shipped_catalogue
from sothat.runtime.documents import load_document

_NAME = re.compile(r"^  - name: (\w+)", re.MULTILINE)
# Thresholds that may be a bit higher without changing what the alert is about.
_THRESHOLD = re.compile(r'^(\s+threshold: "[<>]=? )([0-9.]+)', re.MULTILINE)
_FIXED = (0.0, 1.0)


def make_catalogue(folder: Path, alerts: int, *, tuned: bool = False) -> int:
    """Write a catalogue of at least so many alerts, examples included; return how many.

    Args:
        folder: A new one.
        alerts: How many.
        tuned: Whether each copy of an alert has a threshold of its own, where there is one.
    """
    folder.mkdir(parents=True)
    originals = dict[Path, str]()
    for file in sorted(shipped_catalogue().glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if load_document(file).data["kind"] == "Alerts":
            originals[file] = text
        else:
            (folder / file.name).write_text(text, encoding="utf-8")
    names = [name for text in originals.values() for name in _NAME.findall(text)]
    copies = -(-alerts // len(names))
    for number in range(copies):
        _copy(folder, originals, names, number, 1 + tuned * number / 100)
    return copies * len(names)


def _copy(
    folder: Path, originals: Mapping[Path, str], names: list[str], number: int, higher: float
) -> None:
    """Write all files once more; names and references to them get the copy's number."""

    def raised(found: re.Match[str]) -> str:
        value = float(found[2])
        return found[0] if higher == 1 or value in _FIXED else f"{found[1]}{value * higher:.12g}"

    known = re.compile(rf"\b({'|'.join(names)})\b")
    suffix = str(number) if number else ""
    for file, text in originals.items():
        target = folder / f"{file.stem}-{number:04}.yaml"
        named = known.sub(rf"\g<1>{suffix}", text)
        target.write_text(_THRESHOLD.sub(raised, named), encoding="utf-8")
