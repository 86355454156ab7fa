"""What the tests of posture share: a made-up machine, and its figures."""

import json
from pathlib import Path

from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.posture.collector import COLLECTOR
from sothat.exporters.posture.commands import Output
from sothat.exporters.posture.contract import PARTS, contract
from sothat.exporters.posture.machine import Machine
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.runtime.documents import parse_document


class FixedClock(SystemClock):
    """The machine's clock, standing still where it tells the date."""

    def __init__(self, now=1_790_000_000.0):
        self.now = now

    def time(self):
        return self.now


class Programs:
    """Programs that are installed, each with what it says; asked for by its words."""

    def __init__(self, said=()):
        self.said = dict(said)
        self.asked = []

    def find(self, name):
        found = any(command[0] == name for command in self.said)
        return f"/usr/bin/{name}" if found else None

    def run(self, command, _deadline):
        self.asked.append(list(command))
        for words, (text, code) in self.said.items():
            if command[0] == words[0] and set(words) <= set(command):
                return Output(text.encode(), code)
        raise PollFailed("command", f"{command[0]} cannot be started")


def soon(seconds=60.0):
    clock = SystemClock()
    return Deadline(clock.monotonic() + seconds, clock)


def write(folder, files):
    for name, text in files.items():
        path = Path(f"{folder}/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def machine(root, programs=None, clock=None, release="6.1.0-18-amd64"):
    programs = programs or Programs()
    return Machine(root, clock or FixedClock(), programs.run, programs.find, root, lambda: release)


def part(name):
    return next(part for part in PARTS if part.name == name)


def figures(name, where, **settings):
    """Return one part's figures by name (its prefix left out) and label values."""
    return by_labels(samples(name, where, **settings))


def samples(name, where, **settings):
    """Yield one part's samples."""
    context = Context("posture", where.folder, {"PASSWORD": "pass"}, where.clock)
    yield from part(name).open(_settings(settings), where, context)(soon())


def by_labels(found):
    samples = list(found)
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    return {(s.name.removeprefix("posture_"), *s.labels.values()): s.value for s in samples}


def source(folder, environment=None, **settings):
    """Return the whole collector as its settings open it."""
    context = Context("posture", folder, environment or {}, SystemClock())
    return COLLECTOR.open(_settings(settings), context)


def _settings(values):
    return Settings(parse_document(json.dumps(values), "exporter.yaml"), ())
