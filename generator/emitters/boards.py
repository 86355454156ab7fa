"""Grafana's boards, as the extensions of ``sothat.boards`` build them."""

import json
from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.panel_units import with_units
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield each board as JSON under its uid; none where no board is installed."""
    for board in checked.boards:
        content = with_units(board.build(checked.catalogue, checked.series), checked.world)
        text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        yield Artefact(f"dashboards/{board.uid}.json", text)


EMITTER: Emitter = emit
