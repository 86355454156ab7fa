"""What a dashboard offers: the compiler knows no more of it, and no board less."""

from collections.abc import Mapping
from typing import Any, Protocol

from sothat.model.alert import Catalogue
from sothat.model.metric import Series


class Board(Protocol):
    """A dashboard as the entry points of ``sothat.boards`` offer it, by the name ``BOARD``."""

    @property
    def uid(self) -> str:
        """Return the stable id in the board's address, 8 to 40 characters."""

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
