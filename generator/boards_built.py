"""The boards of a checked catalogue, built once for all that is made of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.panel_units import with_units
from sothat.model.board import Folder, folder_of


@dataclass(frozen=True, slots=True)
class BuiltBoard:
    """A board in Grafana's classic JSON, and the folder that it belongs to."""

    uid: str
    folder: Folder
    content: Mapping[str, Any]


def built_boards(checked: CheckedCatalogue) -> tuple[BuiltBoard, ...]:
    """Return all boards; to be asked by way of `CheckedCatalogue.once`."""
    return tuple(each_built(checked))


def each_built(checked: CheckedCatalogue) -> Iterator[BuiltBoard]:
    """Yield the boards one by one: those of a large catalogue take much memory together."""
    for board in checked.boards:
        content = with_units(board.build(checked.catalogue, checked.series), checked.world)
        yield BuiltBoard(board.uid, folder_of(board.role), content)


def unbuilt(checked: CheckedCatalogue) -> tuple[BuiltBoard, ...]:
    """Return all boards without what is in them."""
    return tuple(BuiltBoard(b.uid, folder_of(b.role), {}) for b in checked.boards)


def folders_of(boards: tuple[BuiltBoard, ...]) -> tuple[Folder, ...]:
    """Return the folders of the boards, each once, by name."""
    return tuple(sorted({board.folder for board in boards}, key=lambda folder: folder.name))
