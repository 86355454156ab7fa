"""The posture collector: slow figures of how well this machine is kept."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.contract import PARTS, contract
from sothat.exporters.posture.machine import this_machine
from sothat.exporters.posture.part import Reader
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, PollFailed, Sample, Settings, Source
from sothat.model.metric import Contract

DEFAULT_INTERVAL = "1h"
DEFAULT_DEADLINE = "5m"


class PostureCollector:
    """Opens the parts that are not left out."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings, each part's among them."""
        without = {
            "type": "array",
            "items": {"enum": [part.name for part in PARTS]},
            "uniqueItems": True,
            "default": [],
        }
        own = {
            "interval": {**DURATION_SCHEMA, "default": DEFAULT_INTERVAL},
            "deadline": {**DURATION_SCHEMA, "default": DEFAULT_DEADLINE},
            "without": without,
            "root": {"type": "string", "pattern": "^/", "default": "/"},
        }
        of_parts = {name: said for part in PARTS for name, said in part.properties.items()}
        return {"properties": {**own, **of_parts}}

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source."""
        root = Path(settings.values.get("root", "/"))
        machine = this_machine(context.folder.absolute(), context.clock, context.environment, root)
        without = settings.values.get("without", ())
        kept = [part for part in PARTS if part.name not in without]
        return PostureSource({part.name: part.open(settings, machine, context) for part in kept})


class PostureSource:
    """The figures of some parts, one after another."""

    contract: Contract = contract()

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield what each part finds; one that fails costs itself only.

        Raises:
            PollFailed: Some parts could not be read; the others have been yielded.
        """
        failed: list[tuple[str, PollFailed]] = []
        for name, reader in self._readers.items():
            try:
                yield from reader(deadline)
            except PollFailed as failure:
                failed.append((name, failure))
            except OSError as error:
                failed.append((name, PollFailed("unreadable", error.strerror or str(error))))
        _complain(failed)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _complain(failed: Sequence[tuple[str, PollFailed]]) -> None:
    if failed:
        message = "; ".join(f"{name}: {failure}" for name, failure in failed)
        raise PollFailed(failed[0][1].reason, message)


COLLECTOR = PostureCollector()
