"""The parts of an apply that is in the journal: how each goes forward, and back."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sothat.live.applying.board_part import BoardPart, shelf_from
from sothat.live.applying.deploying import BOARDS
from sothat.live.applying.file_part import FilePart
from sothat.live.applying.journal import Entry, Journal
from sothat.live.applying.order import ROUTING, RULES
from sothat.live.applying.part import Part
from sothat.live.applying.reloading import reload
from sothat.live.applying.slot import Slot
from sothat.live.applying.verifying import Live, LiveRouting, LiveRules, Waiting
from sothat.live.reading.http import Api
from sothat.live.reading.servers import alertmanager_at, grafana_at, prometheus_at
from sothat.live.reading.target import Server, Target
from sothat.model.problem import Problem, Unusable

_HINTS: Mapping[str, str] = {
    RULES: "is the file among the server's rule_files, and in the folder that it sees?",
    ROUTING: "is this the file that the server was started with?",
}


def parts_of(entry: Entry, target: Target, journal: Journal, waiting: Waiting) -> list[Part]:
    """Return the parts of an apply in the journal, in its order.

    Raises:
        Unusable: The journal is damaged, or the target lacks a server that the apply changes.
    """
    return [_part(name, entry, target, journal, waiting) for name in entry.order]


def _part(name: str, entry: Entry, target: Target, journal: Journal, waiting: Waiting) -> Part:
    if name == BOARDS:
        old, new = (
            shelf_from(journal.content(entry, f"{name}.{x}").decode()) for x in ("old", "new")
        )
        return BoardPart(grafana_at(_named(target.grafana, name)), old, new, entry.message)
    absent = name in entry.absent
    slot = Slot(
        Path(entry.files[name]),
        None if absent else journal.content(entry, f"{name}.old"),
        journal.content(entry, f"{name}.new"),
    )
    live: Live
    if name == RULES:
        server = _named(target.prometheus, name)
        live = LiveRules(prometheus_at(server), str(slot.file))
        called = "Prometheus"
    else:
        server = _named(target.alertmanager, name)
        live = LiveRouting(alertmanager_at(server))
        called = "Alertmanager"
    tell = partial(reload, called, server, Api(called, server.url, server.access))
    return FilePart(name, called, slot, live, tell, waiting, _HINTS[name])


def _named(server: Server | None, name: str) -> Server:
    if server is None:
        message = f"the apply in the journal changes {name}, and the target names no such server"
        raise Unusable([Problem("target-without-file", message)])
    return server
