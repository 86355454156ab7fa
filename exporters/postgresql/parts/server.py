"""The server as such: its role."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Part, Session
from sothat.exporters.source import Sample


class Role:
    """What is known of a server by having begun to ask it."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the role."""
        yield Sample("postgresql_is_replica", session.replica)


PART = Part(
    "server",
    (gauge("postgresql_is_replica", "Whether it replays another server's log.", [SERVER]),),
    lambda _: Role(),
)
