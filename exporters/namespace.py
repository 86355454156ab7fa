"""Names of what is told of one kind of server: short where written, whole everywhere else."""

from dataclasses import dataclass

from sothat.exporters.declare import counter, gauge
from sothat.exporters.source import Sample
from sothat.exporters.watch import SERVER
from sothat.model.metric import Label, MetricFamily


@dataclass(frozen=True, slots=True)
class Namespace:
    """The families and samples of one kind of server.

    Attributes:
        prefix: Of all names, without the underscore that follows.
    """

    prefix: str

    def sample(self, name: str, value: float, **labels: str) -> Sample:
        """Return a sample."""
        return Sample(f"{self.prefix}_{name}", value, labels)

    def shown(
        self, name: str, help_text: str, *labels: Label, feature: bool = False
    ) -> MetricFamily:
        """Return a gauge that is absent while its server is down, or does not have it."""
        whole, mine = f"{self.prefix}_{name}", (SERVER, *labels)
        return gauge(whole, help_text, mine, event=not feature, feature=feature)

    def counted(
        self, name: str, help_text: str, *labels: Label, feature: bool = False
    ) -> MetricFamily:
        """Return a counter that is absent while its server is down, or does not have it."""
        whole, mine = f"{self.prefix}_{name}", (SERVER, *labels)
        return counter(whole, help_text, mine, event=not feature, feature=feature)
