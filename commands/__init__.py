"""The one command: ``sothat``. One module a subcommand."""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; see `sothat.commands._main`.

    Nothing is imported before: Ctrl-C in the first tenth of a second ends us as quietly as later.
    """
    try:
        from sothat.commands._main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run(arguments)
