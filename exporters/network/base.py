"""What all network probes have in common: when they must be done, and how they tell."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from sothat.exporters.network.findings import Findings, in_time, report
from sothat.exporters.source import Deadline, Log, Sample
from sothat.model.metric import Contract


class NetworkProbe(ABC):
    """One module; holds no connection beyond a probe."""

    contract: Contract

    def probe(self, target: str, deadline: Deadline, log: Log) -> Iterator[Sample]:
        """Yield the samples of one target."""
        until = in_time(deadline)
        return report(lambda findings: self._probe(target, until, log, findings))

    def close(self) -> None:  # noqa: B027 – there is nothing to be released by any
        """Do nothing: connections end with their probe."""

    @abstractmethod
    def _probe(self, target: str, deadline: Deadline, log: Log, findings: Findings) -> None:
        """Look at a target.

        Args:
            target: As it was asked for.
            deadline: Leaves time to tell.
            log: For who looks at a single probe.
            findings: Takes what is seen, also when it fails.

        Raises:
            PollFailed: The target is not as it should be.
            OSError: It cannot be reached, or not in time.
        """
