"""How applies ended, counted over all runs: what a rate of change success is made of."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from sothat.live.applying.slot import content_of, write_whole


class Ending(StrEnum):
    """How an apply ended."""

    APPLIED = "applied"
    ROLLED_BACK = "rolled-back"


def tally(file: Path, ending: Ending) -> Mapping[Ending, int]:
    """Count one more ending; a file that is damaged is begun anew, as a counter that is reset.

    Raises:
        OSError: The file cannot be read or written.
    """
    counts = {each: _count(content_of(file), each) for each in Ending}
    counts[ending] += 1
    write_whole(file, (json.dumps(counts) + "\n").encode())
    return counts


def _count(content: bytes | None, ending: Ending) -> int:
    try:
        return int(json.loads(content or b"{}")[ending])
    except (ValueError, KeyError, TypeError):
        return 0
