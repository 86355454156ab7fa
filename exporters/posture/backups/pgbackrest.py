"""``pgbackrest info --output=json``: a stanza each."""

from collections.abc import Sequence
from typing import Any

from sothat.exporters.posture.backups.backup import Backup
from sothat.exporters.posture.reading import Malformed
from sothat.exporters.posture.shapes import Object, as_object, number, objects, text

_WELL = 0


def parse(document: Any) -> Sequence[Backup]:
    """Return the backups of each stanza.

    Raises:
        Malformed: It is not what pgBackRest writes.
    """
    return [_stanza(stanza) for stanza in objects(document, "the list of stanzas")]


def _stanza(stanza: Object) -> Backup:
    name = text(stanza.get("name"))
    if not name:
        raise Malformed("a stanza has no name")
    backups = objects(stanza.get("backup"), "backup")
    usable = [(at, one) for one in backups if not one.get("error") and (at := _stopped(one))]
    code = as_object(stanza.get("status"), "status").get("code")
    newest_failed = bool(backups) and bool(max(backups, key=_order).get("error"))
    completed, newest = max(usable, key=lambda pair: pair[0], default=(None, {}))
    return Backup(
        name,
        len(usable),
        completed,
        number(as_object(newest.get("info") or {}, "info").get("size")),
        code == _WELL and not newest_failed,
    )


def _stopped(backup: Object) -> float | None:
    return number(as_object(backup.get("timestamp"), "timestamp").get("stop"))


def _order(backup: Object) -> float:
    return _stopped(backup) or 0.0
