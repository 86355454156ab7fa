"""Grafana's boards as files for provisioning, the folder on disk being the one in Grafana."""

import json
from collections.abc import Iterator

from sothat.generator.boards_built import built_boards
from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield each board as JSON under its role and uid; none where no board is installed."""
    for board in checked.once(built_boards):
        text = json.dumps(board.content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        yield Artefact(f"dashboards/{board.folder.name}/{board.uid}.json", text)


EMITTER: Emitter = emit
