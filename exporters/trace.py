"""What one probe did, step by step, without its secrets."""

from collections.abc import Iterable, Iterator

from sothat.exporters.clock import Clock
from sothat.runtime.secrets import Secret

_MAX_NOTES = 1000
_MAX_WIDTH = 2000
_BLOT = "…"


class Trace:
    """The log of one probe; bounded, whatever the probe writes."""

    def __init__(self, clock: Clock, secrets: Iterable[Secret] = ()) -> None:
        self._clock = clock
        self._begun = clock.monotonic()
        self._secrets = [text for secret in secrets if (text := secret.reveal())]
        self._notes: list[str] = []

    def __call__(self, message: str, **fields: object) -> None:
        """Note a sentence, and its facts."""
        if len(self._notes) < _MAX_NOTES:
            facts = "".join(f" {name}={value}" for name, value in fields.items())
            since = self._clock.monotonic() - self._begun
            self._notes.append(self.blotted(f"{since:8.3f} s  {message}{facts}"))

    def notes(self) -> Iterator[str]:
        """Yield the lines so far."""
        yield from tuple(self._notes)

    def blotted(self, line: str) -> str:
        """Return a line without secrets, cut to a width that can be read."""
        for secret in self._secrets:
            line = line.replace(secret, _BLOT)
        return line[:_MAX_WIDTH]
