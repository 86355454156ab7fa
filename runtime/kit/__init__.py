"""What the contract kits of all rooms share: what is broken, and what is logged meanwhile."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class ContractBroken(AssertionError):  # noqa: N818 – it is named for what it says
    """What an extension does is not what it has to; the text says what, and when."""


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.heard: list[str] = []
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record: its text, its trace and what it carries besides."""
        self.heard.append(f"{self.format(record)} {vars(record)}")


@contextmanager
def overhearing(secrets: Sequence[str]) -> Iterator[list[str]]:
    """Give what is logged while the block lasts, and see that no secret is in it.

    Raises:
        ContractBroken: A secret was logged.
    """
    root, ear = logging.getLogger(), _Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield ear.heard
    finally:
        root.setLevel(level)
        root.removeHandler(ear)
    for line in ear.heard:
        keep(secrets, line, "a log line")


def keep(secrets: Sequence[str], text: str, what: str) -> None:
    """See that no secret is in a text.

    Raises:
        ContractBroken: One is; which one is not said.
    """
    for number, secret in enumerate(secrets, 1):
        if secret in text:
            raise ContractBroken(f"secret {number} of {len(secrets)} is in {what}")
