"""Configuration files against the manifest of checksums that was taken when they were right."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.manifests import MOST_FILES, STATES, entries, state
from sothat.exporters.posture.part import PATTERNS, Part, Reader
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.posture.reading import read
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.metric import Label

_LARGEST = 4 * 1024 * 1024
_MOST_NAMED = 100


def _open(settings: Settings, machine: Machine, _context: Context) -> Reader:
    patterns = settings.values.get("manifests", ())

    def collect(deadline: Deadline) -> Iterator[Sample]:
        walk = Walk(machine.folder, deadline)
        for path in walk.files(patterns):
            yield from _samples(path, deadline)
        if walk.closed:
            raise PollFailed("unreadable", f"cannot look into {walk.closed[0]}")

    return collect


def _samples(path: Path, deadline: Deadline) -> Iterator[Sample]:
    labels = {"manifest": str(path)}
    try:
        content = read(path, _LARGEST)
    except OSError:
        yield Sample("posture_manifest_readable", 0, labels)
        return
    listed = list(entries(content.data, path.parent))
    known = [entry for entry in listed if entry]
    readable = bool(known) and len(known) == len(listed) and len(known) <= MOST_FILES
    yield Sample("posture_manifest_readable", float(readable), labels)
    yield Sample("posture_manifest_timestamp_seconds", content.modified, labels)
    counts: Counter[str] = Counter()
    for entry in known[:MOST_FILES]:
        found = state(entry, deadline)
        counts[found] += 1
        if found in ("changed", "missing") and counts["changed"] + counts["missing"] <= _MOST_NAMED:
            yield Sample("posture_file_drifted", 1, {**labels, "file": str(entry.path)})
    for name in STATES:
        yield Sample("posture_manifest_files", counts[name], {**labels, "state": name})


_MANIFEST = Label("manifest", "Path of the manifest")
_PROPERTIES: dict[str, Any] = {"manifests": PATTERNS}
PART = Part(
    "drift",
    (
        gauge(
            "posture_manifest_readable",
            "Whether a manifest was understood to its last line.",
            [_MANIFEST],
            feature=True,
        ),
        gauge(
            "posture_manifest_timestamp_seconds",
            "When a manifest was last written.",
            [_MANIFEST],
            feature=True,
        ),
        gauge(
            "posture_manifest_files",
            "Files of a manifest, by how they are against it.",
            [_MANIFEST, Label("state", "How the file is now", STATES)],
            feature=True,
        ),
        gauge(
            "posture_file_drifted",
            "1 for a file that is missing or differs from its manifest; the first hundred.",
            [_MANIFEST, Label("file", "Path of the file")],
            event=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
