"""``restic snapshots --json``: a host each, with ``--group-by`` or without."""

from collections.abc import Iterator, Sequence
from typing import Any

from sothat.exporters.posture.backups.backup import Backup
from sothat.exporters.posture.reading import Malformed
from sothat.exporters.posture.shapes import Object, as_object, moment, number, objects, text


def parse(document: Any) -> Sequence[Backup]:
    """Return the backups of each host; sizes are known since restic 0.17.

    Raises:
        Malformed: It is not what restic writes.
    """
    hosts: dict[str, list[tuple[float, Object]]] = {}
    for snapshot in _snapshots(document):
        at = moment(snapshot.get("time"))
        if at is None:
            raise Malformed("a snapshot has no time")
        hosts.setdefault(text(snapshot.get("hostname")), []).append((at, snapshot))
    return [_host(name, snapshots) for name, snapshots in hosts.items()]


def _snapshots(document: Any) -> Iterator[Object]:
    for item in objects(document, "the list of snapshots"):
        if "group_key" in item:
            yield from objects(item.get("snapshots"), "snapshots")
        else:
            yield item


def _host(name: str, snapshots: list[tuple[float, Object]]) -> Backup:
    completed, newest = max(snapshots, key=lambda pair: pair[0])
    summary = as_object(newest.get("summary") or {}, "summary")
    size = number(summary.get("total_bytes_processed"))
    return Backup(name, len(snapshots), completed, size)
