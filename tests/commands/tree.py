"""All commands there are, by walking over them as click does."""

from collections.abc import Iterator

import click
from sothat.commands._main import cli


def context(words: tuple[str, ...], command: click.Command) -> click.Context:
    """Return a command's context with its whole path, as its help shows it."""
    parent = click.Context(cli, info_name="sothat")
    for word in words[:-1]:
        assert isinstance(parent.command, click.Group)
        below = parent.command.get_command(parent, word)
        assert below is not None
        parent = click.Context(below, info_name=word, parent=parent)
    return click.Context(command, info_name=words[-1], parent=parent)


def leaves() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield each command that does something, with the words that call it."""
    yield from _below((), cli, click.Context(cli, info_name="sothat"))


def _below(
    words: tuple[str, ...], group: click.Group, parent: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        own = (*words, name)
        if isinstance(command, click.Group):
            yield from _below(own, command, click.Context(command, info_name=name, parent=parent))
        else:
            yield own, command


def options(command: click.Command) -> frozenset[str]:
    """Return the options that a command takes."""
    return frozenset(
        name
        for each in command.params
        if isinstance(each, click.Option)
        for name in (*each.opts, *each.secondary_opts)
    )
