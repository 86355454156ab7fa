"""Grafana's boards as files for provisioning, the folder on disk being the one in Grafana."""

from collections.abc import Iterator

from sothat.generator.boards_built import each_built
from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.json_text import to_json
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield each board as JSON under its role and uid; none where no board is installed."""
    for board in each_built(checked):
        text = to_json(board.content)
        yield Artefact(f"dashboards/{board.folder.name}/{board.uid}.json", f"{text}\n")


EMITTER: Emitter = emit
