"""The list of what the running demo cannot answer."""

from collections.abc import Mapping
from pathlib import Path

import yaml

LIST = Path(__file__).with_name("unanswered.yaml")


def unanswered() -> Mapping[tuple[str, str], str]:
    """Return the reason for each board and place (a panel, a variable, a mark)."""
    return {
        (board, place): reason
        for board, reasons in yaml.safe_load(LIST.read_text(encoding="utf-8")).items()
        for reason, places in reasons.items()
        for place in places
    }
