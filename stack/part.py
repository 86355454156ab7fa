"""What a part of the stack is: a command, an address and the pages that tell its health."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP address on this machine."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Return the address as the start of a URL, without a slash at the end."""
        return f"http://{self}"

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the stack.

    Attributes:
        needs: Names of the parts that must have been ready once before this one first starts.
        healthy: Path of the page that answers 200 while the process serves.
        ready: Path of the page that answers 200 when it can do its work.
        environment: Variables on top of this process's own.
        start_seconds: How long it may take from its start to its first healthy answer.
        stop_seconds: How long it may take to end after SIGTERM.
        nice: Added to the scheduling priority number; for parts that nothing waits for.
    """

    name: str
    command: tuple[str, ...]
    address: Address
    needs: tuple[str, ...] = ()
    healthy: str = "/-/healthy"
    ready: str = "/-/ready"
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 60
    stop_seconds: float = 10
    nice: int = 0
