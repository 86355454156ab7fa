"""What a part of the host's figures is: its families, and where they come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sothat.exporters.host.kernel import Kernel
from sothat.exporters.source import Sample
from sothat.model.metric import MetricFamily


@dataclass(frozen=True, slots=True)
class Part:
    """A group of figures that is read, switched and fails as one.

    Attributes:
        name: As the setting ``without`` names it.
        read: Yields the samples. A file that is not there (FileNotFoundError) says that this
            kernel has no such figures; another OSError or a ValueError is a failure.
    """

    name: str
    families: tuple[MetricFamily, ...]
    read: Callable[[Kernel], Iterable[Sample]]
