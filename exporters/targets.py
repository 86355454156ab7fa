"""Which servers a collector asks: those in its settings, and those of a discovery file."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sothat.exporters.share import Share
from sothat.exporters.source import Context, Settings
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

log = logging.getLogger(__name__)

MAX_TARGETS = 1000
_TEXT = {"type": "string", "minLength": 1, "maxLength": 255}
_LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
_TARGET = {
    "type": "object",
    "additionalProperties": False,
    "required": ["address"],
    "properties": {"address": _TEXT, "name": _TEXT, "labels": _LABELS},
}
# What a collector's settings have: servers as text or with a name, and a file of further ones.
TARGETS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_TARGETS,
    "items": {"anyOf": [_TEXT, _TARGET]},
}
DISCOVER_SCHEMA: Mapping[str, Any] = _TEXT
# Prometheus' own format of file_sd_configs.
_FILE_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["targets"],
        "properties": {"targets": {"type": "array", "items": _TEXT}, "labels": _LABELS},
    },
}


@dataclass(frozen=True, slots=True)
class Target:
    """One server.

    Attributes:
        name: What its series bear; unique among the targets of a collector.
        address: Where it is, as written.
        labels: What discovery says of it besides.
    """

    name: str
    address: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)


class Targets:
    """The targets of one collector at any moment.

    The discovery file is read again when it has changed. One that cannot be used changes nothing:
    the targets of the last good one stay, and `problem` says why.

    Args:
        listed: Those of the settings.
        share: Of which this process takes its own.
        file: Names further ones.
    """

    def __init__(self, listed: Sequence[Target], share: Share, file: Path | None = None) -> None:
        self._listed = tuple(listed)
        self.share = share
        self._file = file
        self._all = self._listed
        self._stamp: tuple[int, ...] = ()
        self.problem = ""
        if file:
            self._stamp = _stamp(file)
            self._all = (*self._listed, *self._read(file))
        self._taken()  # told of before the first poll

    def current(self) -> Sequence[Target]:
        """Return this process's targets, those of the settings first."""
        if self._file:
            stamp = _stamp(self._file)
            if stamp != self._stamp:
                self._stamp = stamp
                self._renew(self._file)
        return self._taken()

    def _taken(self) -> Sequence[Target]:
        return self.share.take(self._all, lambda target: target.name)

    def _renew(self, file: Path) -> None:
        try:
            self._all = (*self._listed, *self._read(file))
        except Unusable as error:
            self.problem = error.problems[0].message
            log.warning("targets are not renewed", extra={"file": str(file), "why": self.problem})
            return
        self.problem = ""

    def _read(self, file: Path) -> tuple[Target, ...]:
        document = load_document(file)
        problems = validate(document, _FILE_SCHEMA)
        found = () if problems else tuple(_discovered(document.data))
        problems = problems or [*_unfit_file(document, [*self._listed, *found])]
        if problems:
            raise Unusable(problems)
        return found


def open_targets(settings: Settings, context: Context) -> Targets:
    """Return the targets that ``targets`` and ``discover`` name.

    Raises:
        Unusable: There is neither, two have one name, or the file cannot be used.
    """
    listed = [_listed(entry) for entry in settings.values.get("targets", ())]
    if not listed and "discover" not in settings.values:
        raise settings.unusable("missing-key", "'targets' or 'discover' is missing", "type")
    doubled = _doubled(listed)
    if doubled:
        message = f"two targets are called {doubled}"
        hint = "write {address: …, name: …}"
        raise settings.unusable("duplicate-name", message, "targets", hint=hint)
    file = settings.file("discover", context) if "discover" in settings.values else None
    return Targets(listed, Share(context.shard, context.clock), file)


def _listed(entry: str | Mapping[str, Any]) -> Target:
    if isinstance(entry, str):
        return Target(entry, entry)
    address = entry["address"]
    return Target(entry.get("name", address), address, entry.get("labels", {}))


def _discovered(groups: Iterable[Mapping[str, Any]]) -> Iterator[Target]:
    """Yield the targets of a file; the label ``name`` names a target that is alone in its group."""
    for group in groups:
        labels = group.get("labels", {})
        addresses = group["targets"]
        for address in addresses:
            name = labels.get("name", address) if len(addresses) == 1 else address
            yield Target(name, address, labels)


def _unfit_file(document: Document, targets: Sequence[Target]) -> Iterator[Problem]:
    if len(targets) > MAX_TARGETS:
        yield document.problem("too-large", f"more than {MAX_TARGETS} targets")
    doubled = _doubled(targets)
    if doubled:
        yield document.problem("duplicate-name", f"two targets are called {doubled}")


def _doubled(targets: Iterable[Target]) -> str:
    seen: set[str] = set()
    for target in targets:
        if target.name in seen:
            return target.name
        seen.add(target.name)
    return ""


def _stamp(file: Path) -> tuple[int, ...]:
    """Return what tells one state of a file from another; a missing file is a state too."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns
