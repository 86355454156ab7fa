"""Grafana's boards: files for provisioning by their folder in Grafana, and manifests.

Both are made of a board as soon as it is built: nobody builds one twice, or keeps all of them.
"""

from collections.abc import Iterator

from sothat.generator.board_manifests import config_map, manifests
from sothat.generator.boards_built import each_built, unbuilt
from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter, begun_first
from sothat.generator.json_text import to_json
from sothat.model.artefact import Artefact


@begun_first
def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield each board as JSON under its role and uid, then all as manifests; none without any."""
    maps = []
    for board in each_built(checked):
        text = to_json(board.content)
        yield Artefact(f"dashboards/{board.folder.name}/{board.uid}.json", f"{text}\n")
        maps.append(config_map(board, checked.values))
    if maps:
        yield from manifests(maps, unbuilt(checked), checked.values)


EMITTER: Emitter = emit
