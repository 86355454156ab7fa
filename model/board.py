"""What a dashboard offers: the compiler knows no more of it, and no board less."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sothat.model.alert import Catalogue
from sothat.model.metric import Series

_LONGEST_UID = 40
_UID = re.compile(rf"[a-zA-Z0-9_-]{{1,{_LONGEST_UID}}}")
_LARGEST_ID = 2**31 - 1
_NO_FOLDER_NAME = re.compile(r"[^a-z0-9]+")


class Board(Protocol):
    """A dashboard as the entry points of ``sothat.boards`` offer it, by the name ``BOARD``."""

    @property
    def uid(self) -> str:
        """Return the stable id in the board's address, 1 to 40 characters."""

    @property
    def title(self) -> str:
        """Return the headline that people search for."""

    @property
    def role(self) -> str:
        """Return whom it serves: ``executive``, ``operational`` or ``technical``."""

    def build(self, catalogue: Catalogue, contracts: Mapping[str, Series]) -> Mapping[str, Any]:
        """Return the board as Grafana's classic JSON.

        Raises:
            Unusable: It asks for a series that neither a contract nor a recording declares.
        """


@dataclass(frozen=True, slots=True)
class Line:
    """A query of a panel.

    Attributes:
        name: What tells its series from those of the panel's other queries.
        limit: It is what the others are held against.
        labels: Those that tell its series apart, the broadest first; None where none are known.
    """

    query: str
    name: str = ""
    limit: bool = False
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What an alert watches, as a panel draws it.

    Attributes:
        lines: Without the alert's comparison, so that there is something to see in good times.
        unit: Grafana's id of the unit of all lines; ``short`` where it is not known.
    """

    lines: tuple[Line, ...]
    unit: str


class BoardMaker(Protocol):
    """Makes boards of a catalogue, whichever it is; offered by the name ``BOARDS``."""

    def __call__(self, catalogue: Catalogue, figure: Callable[[str], Figure], /) -> Iterable[Board]:
        """Return the boards.

        Args:
            catalogue: The alerts and the policy.
            figure: Returns what the alert of a name watches; to be asked when a board is built.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """Where Grafana keeps the boards of a role.

    Attributes:
        name: Its title, and the name of the folder on disk.
        viewers: Whether people who only look on may see it; editors and administrators always do.
    """

    name: str
    viewers: bool

    @property
    def uid(self) -> str:
        """Return the stable id that requests and manifests name; no board may have it, too."""
        return f"sothat-folder-{self.name}"


def folder_of(role: str) -> Folder:
    """Return the folder of a role; what makes no name for a folder is left out of it."""
    name = _NO_FOLDER_NAME.sub("-", role.lower()).strip("-") or "other"
    return Folder(name, viewers=name == "executive")


def is_uid(text: str) -> bool:
    """Tell whether Grafana files a board under a uid: it refuses a board with any other."""
    return _UID.fullmatch(text) is not None


def alert_board_uid(domain: str) -> str:
    """Return the uid of the board that shows the alerts of a domain."""
    uid = f"sothat-alerts-{domain}"
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(domain.encode()).hexdigest()[:8]
    return f"{uid[: _LONGEST_UID - len(digest) - 1]}-{digest}"


def alert_panel_ids(alerts: Iterable[str]) -> Mapping[str, int]:
    """Return the panel ids of a board's alerts: made from the names, so that they never move.

    Of two names that make one id, the later in the alphabet gets the next free one.
    """
    taken: dict[int, str] = {}
    for name in sorted(set(alerts)):
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % _LARGEST_ID
        while number in taken or not number:
            number = (number + 1) % _LARGEST_ID
        taken[number] = name
    return {name: number for number, name in taken.items()}
