"""The notifier ``web-shop-ticker``: a line of text in a file that a screen in the office shows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sothat.incidents.notification import Notice, Result, Retry, Sent, subject
from sothat.runtime.secrets import Secret


class Ticker:
    """One file."""

    provider = "ticker"
    deadline = 5.0

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, notice: Notice) -> Result:
        """Add a line; a file that cannot be written now may be later."""
        line = " ".join(subject(notice).split())  # whatever an alert says
        try:
            with self._file.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{line}\n")
        except OSError as error:
            return Retry(error.strerror or str(error))
        return Sent()


class TickerNotifier:
    """Type ``web-shop-ticker``."""

    schema: Mapping[str, Any] = {"file": {"type": "string", "minLength": 1}}
    required: tuple[str, ...] = ("file",)

    def open(self, settings: Mapping[str, Any], _secret: Callable[[str], Secret]) -> Ticker:
        """Return the channel."""
        return Ticker(Path(settings["file"]))


NOTIFIER = TickerNotifier()
