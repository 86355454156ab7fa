"""Catalogues of any size, made from the shipped one: the same alerts under further names."""

import re
from collections.abc import Mapping
from pathlib import Path

from sothat.generator.shipped import shipped_catalogue
from sothat.runtime.documents import load_document

_NAME = re.compile(r"^  - name: (\w+)", re.MULTILINE)


def make_catalogue(folder: Path, alerts: int) -> int:
    """Write a catalogue of at least so many alerts, examples included; return how many."""
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
        _copy(folder, originals, names, number)
    return copies * len(names)


def _copy(folder: Path, originals: Mapping[Path, str], names: list[str], number: int) -> None:
    """Write all files once more; names and references to them get the copy's number."""
    known = re.compile(rf"\b({'|'.join(names)})\b")
    suffix = str(number) if number else ""
    for file, text in originals.items():
        target = folder / f"{file.stem}-{number:04}.yaml"
        target.write_text(known.sub(rf"\g<1>{suffix}", text), encoding="utf-8")
