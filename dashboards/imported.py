"""A board that somebody made in Grafana, as one of ours: its JSON lies beside the module."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.model.alert import Catalogue
from sothat.model.metric import Series
from sothat.model.problem import Position, unusable
from sothat.runtime.documents import read_text


@dataclass(frozen=True, slots=True)
class ImportedBoard:
    """A board of a file; what `sothat.model.board.Board` wants.

    Attributes:
        file: Grafana's classic JSON, as `sothat import board` writes it.
        uid: The id in the board's address.
        title: The headline.
        role: Whom it serves.
    """

    file: Path
    uid: str
    title: str
    role: str = "technical"

    def build(
        self,
        catalogue: Catalogue,  # noqa: ARG002 – as it was made, whatever the catalogue
        contracts: Mapping[str, Series],  # noqa: ARG002 – the compiler holds the queries against them
    ) -> Mapping[str, Any]:
        """Return the board as Grafana's classic JSON.

        Raises:
            Unusable: The file is gone or no longer a board.
        """
        position = Position(str(self.file))
        try:
            data = json.loads(read_text(self.file))
        except ValueError as error:
            raise unusable("json-syntax", f"not JSON: {error}", position=position) from error
        if not isinstance(data, dict):
            raise unusable("not-a-board", "this is no dashboard", position=position)
        return {**data, "uid": self.uid, "title": self.title}
