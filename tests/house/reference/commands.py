"""The page of all commands: help, arguments and options, as click knows them."""

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc

import click
from sothat.commands._main import cli

from .table import cell, code, table

_INTRODUCTION = """# Commands

Every command with its arguments and options, as `sothat COMMAND --help` shows them. Exit codes:
0 fine, 1 problems found, 2 unusable input or set-up, 130 interrupted, 141 whoever read the output
has gone.
Written by `python -m tests.house.reference`.
"""
# click's mark for lines that are not rewrapped.
_AS_IS = "\b"
_EXAMPLE = re.compile(r"^\s*(?:\$ )?sothat ", re.MULTILINE)


def page() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *(part for one in walk() for part in _section(one))])


def walk() -> Iterator[click.Context]:
    """Yield the context of every command, each group's own before those of its commands."""
    root = click.Context(cli, info_name="sothat", terminal_width=1000, max_content_width=1000)
    yield from _below(root, cli)


def _below(context: click.Context, group: click.Group) -> Iterator[click.Context]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        yield inner
        if isinstance(command, click.Group):
            yield from _below(inner, command)


def _section(context: click.Context) -> Iterator[str]:
    command = context.command
    depth = "##" if context.parent and context.parent.parent is None else "###"
    yield f"{depth} {context.command_path}\n"
    yield from _help("\n\n".join(part for part in (command.help, command.epilog) if part))
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {usage}\n```\n"
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        yield f"Commands: {', '.join(_link(context, name) for name in names)}.\n"
    yield from _parameters(command.params)


def _link(context: click.Context, name: str) -> str:
    path = f"{context.command_path} {name}"
    return f"[{name}](#{path.replace(' ', '-')})"


def _help(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text; examples as a shell's block."""
    for paragraph in cleandoc(text).split("\n\n"):
        as_is = paragraph.startswith(_AS_IS)
        body = paragraph.removeprefix(_AS_IS).strip("\n")
        if not as_is:
            yield f"{_safe(body)}\n"
            continue
        head, _, rest = body.partition("\n")
        if _EXAMPLE.search(head):
            head, rest = "", body
        if head:
            yield f"{_safe(head)}\n"
        yield f"```{'sh' if _EXAMPLE.search(rest) else 'text'}\n{cleandoc(rest)}\n```\n"


def _safe(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")


def _parameters(parameters: Sequence[click.Parameter]) -> Iterator[str]:
    rows = [_row(one) for one in parameters if not getattr(one, "hidden", False)]
    if rows:
        yield table(("argument or option", "default", "meaning"), rows)


def _row(one: click.Parameter) -> tuple[str, ...]:
    with click.Context(click.Command("any")) as context:
        record = one.get_help_record(context) if isinstance(one, click.Option) else None
    if not isinstance(one, click.Option) or record is None:
        return code(one.make_metavar(click.Context(click.Command("any")))), "", ""
    names, _ = record
    default = "*required*" if one.required else code(_default(one))
    return code(names), default, _safe(cell(one.help or ""))


def _default(one: click.Option) -> str:
    value = one.default
    if one.is_flag or one.multiple or callable(value) or not one.show_default:
        return ""
    return "" if value is None or "Sentinel" in repr(value) else str(value)
