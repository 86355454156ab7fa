"""``borg list --json``, or ``borg info --json`` with ``--last`` for sizes: one repository."""

from collections.abc import Sequence
from typing import Any

from sothat.exporters.posture.backups.backup import Backup
from sothat.exporters.posture.reading import Malformed
from sothat.exporters.posture.shapes import Object, as_object, moment, number, objects


def parse(document: Any) -> Sequence[Backup]:
    """Return the backups of the repository.

    Raises:
        Malformed: It is not what borg writes.
    """
    whole = as_object(document, "the document")
    if "archives" not in whole:
        raise Malformed("no list of archives")
    archives = [(_time(one), one) for one in objects(whole["archives"], "archives")]
    if not archives:
        return [Backup("", 0)]
    completed, newest = max(archives, key=lambda pair: pair[0])
    stats = as_object(newest.get("stats") or {}, "stats")
    return [Backup("", len(archives), completed, number(stats.get("original_size")))]


def _time(archive: Object) -> float:
    times = (moment(archive.get(key)) for key in ("end", "time", "start"))
    found = next((at for at in times if at is not None), None)
    if found is None:
        raise Malformed("an archive has no time")
    return found
