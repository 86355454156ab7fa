"""The one command: ``sothat``. One module a subcommand."""

from sothat.commands._main import main

__all__ = ["main"]
