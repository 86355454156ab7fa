"""What campaigns remember, kept over restarts."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sothat.exporters.firmware.judging import Key, Memory
from sothat.exporters.keeping import replace_file

log = logging.getLogger(__name__)

_FORM = 1


def load_memory(path: Path) -> Memory:
    """Return what was kept; nothing where the file is missing, or not what we wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["form"] != _FORM:
            return Memory()
        return Memory(_taken_up(data["reached"]), _taken_up(data["silent"]))
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        log.warning("what was remembered of campaigns cannot be read: they begin anew")
        return Memory()


def save_memory(path: Path, memory: Memory, campaigns: Iterable[str]) -> None:
    """Keep what is remembered of these campaigns, whole or not at all.

    A disk that is full costs nothing before the next restart.
    """
    kept = {*campaigns}
    data = {
        "form": _FORM,
        "reached": _put_down(memory.reached, kept),
        "silent": _put_down(memory.silent, kept),
    }
    try:
        replace_file(path, json.dumps(data))
    except OSError as error:
        log.warning("campaigns cannot be remembered", extra={"why": error.strerror})


def _put_down(part: dict[str, dict[Key, float]], kept: set[str]) -> dict[str, list[Any]]:
    return {
        name: [[*key, at] for key, at in devices.items()]
        for name, devices in part.items()
        if name in kept
    }


def _taken_up(part: dict[str, list[Any]]) -> dict[str, dict[Key, float]]:
    return {
        name: {(str(site), str(device)): float(at) for site, device, at in devices}
        for name, devices in part.items()
    }
