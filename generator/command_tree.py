"""The subcommands and options of ``sothat`` itself, as the installed packages have them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import click
from sothat.runtime.plugins import offered

GROUP = "sothat.commands"
_ALWAYS = MappingProxyType({"-h": False, "--help": False})


@dataclass(frozen=True, slots=True)
class CommandTree:
    """A command of the command line.

    Attributes:
        options: Whether an option takes a value, by each of its names.
        subcommands: Empty for a command that does something itself.
    """

    options: Mapping[str, bool] = field(default_factory=lambda: _ALWAYS)
    subcommands: Mapping[str, "CommandTree"] = field(default_factory=lambda: MappingProxyType({}))


@cache
def installed_commands() -> CommandTree:
    """Return every command that is installed, a team's own included.

    Raises:
        Unusable: A package's command cannot be loaded.
    """
    found = offered(GROUP, "command", click.Command)
    commands = {name: tree_of(command) for name, command in found.items()}
    own = MappingProxyType({**_ALWAYS, "--version": False})
    return CommandTree(own, MappingProxyType(commands))


def tree_of(command: click.Command) -> CommandTree:
    """Return what a command accepts."""
    inner = command.commands if isinstance(command, click.Group) else {}
    return CommandTree(
        MappingProxyType({**_ALWAYS, **_options(command)}),
        MappingProxyType({name: tree_of(each) for name, each in inner.items()}),
    )


def _options(command: click.Command) -> Mapping[str, bool]:
    return {
        name: not (option.is_flag or option.count)
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
