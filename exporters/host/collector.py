"""The host collector: the kernel's figures in base units."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.exporters.host.contract import PARTS, contract
from sothat.exporters.host.filesystems import Filesystems
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.metric import Contract

_FILESYSTEMS = "filesystems"


class HostCollector:
    """Opens the one source there is of this machine."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        names = [*(part.name for part in PARTS), _FILESYSTEMS]
        return {
            "properties": {
                "without": {
                    "type": "array",
                    "items": {"enum": names},
                    "uniqueItems": True,
                    "description": "Parts that are left out.",
                }
            }
        }

    def open(self, settings: Settings, context: Context) -> Source:  # noqa: ARG002 – the protocol's
        """Return the source."""
        without = settings.values.get("without", ())
        parts = [part for part in PARTS if part.name not in without]
        return HostSource(parts, None if _FILESYSTEMS in without else Filesystems())


class HostSource:
    """This machine's figures."""

    contract: Contract = contract()

    def __init__(
        self,
        parts: Sequence[Part] = PARTS,
        filesystems: Filesystems | None = None,
        kernel: Kernel | None = None,
    ) -> None:
        self._parts = parts
        self._filesystems = filesystems
        self._kernel = kernel or Kernel()

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the figures, file systems last: a hung one must not keep the others back.

        Raises:
            PollFailed: Some parts could not be read; the others have been yielded.
        """
        failed: list[str] = []
        for part in self._parts:
            yield from self._read(part, failed)
        if self._filesystems:
            yield from self._filesystems.samples(deadline)
        if failed:
            raise PollFailed("unreadable", "; ".join(failed))

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _read(self, part: Part, failed: list[str]) -> Iterator[Sample]:
        try:
            yield from part.read(self._kernel)
        except FileNotFoundError:
            return  # this kernel does not have it, or hides it
        except (OSError, ValueError, LookupError) as error:
            failed.append(f"{part.name}: {error}")


COLLECTOR = HostCollector()
