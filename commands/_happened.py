"""Commands that ask an incident service what really happened."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._talking import client_of

if TYPE_CHECKING:
    from sothat.live.happened import Happened


def with_incidents(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name an incident service, which may be left out."""
    options = (
        click.option("--incidents", metavar="URL", help="The incident service, for what was real."),
        click.option(
            "--incidents-token-file",
            "incidents_token",
            type=click.Path(path_type=Path),
            envvar="SOTHAT_INCIDENTS_TOKEN_FILE",
            help="File with its API's token, where it wants one.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def incidents_of(
    url: str | None, token: Path | None, start: int, end: int
) -> "tuple[Happened, ...] | None":
    """Return the incidents of a time; None where no service is named.

    Raises:
        Unusable: The service does not tell.
    """
    from sothat.live.happened import happened

    return happened(client_of(url, token), start, end) if url else None
