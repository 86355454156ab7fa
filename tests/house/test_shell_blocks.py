"""The shell of the pages is shell, and each `sothat` of it has the words that the command takes."""

import re
from functools import cache

import click
import pytest
from sothat.commands._main import cli
from sothat.generator.runbooks.shell import read_shell

from .blocks import ROOT, Block, blocks, commands, pages

# The reader's own word, or an expression of the pipeline's.
PLACEHOLDER = re.compile(r"<[\w-]+>|\$\{\{.*?\}\}")
# An example of what is not to be done.
REFUSED = "# refused"
# `sothat` in a pipeline's file of another program, and in running text.
STEP = re.compile(r"^ *(?:- )?(?:run: |entry: )?(sothat [a-z].*)$", re.MULTILINE)
INLINE = re.compile(r"`(sothat [a-z][^`]*)`")
# What stands for a word of the reader's own, or for several commands at once.
OPEN = re.compile(r"…|\.\.\.|\||/")


def wrong(block: Block) -> list[str]:
    """Return what is wrong with a block of shell or of a pipeline, a sentence each."""
    if block.language == "yaml":
        lines = STEP.findall(block.text)
    elif block.language in ("sh", "console"):
        lines = [command.text for command in commands(block)]
    else:
        return []
    meant = (line for line in lines if REFUSED not in line)
    return [f"{block}: {fault}" for line in meant for fault in _wrong(line)]


def _wrong(text: str) -> list[str]:
    shown = PLACEHOLDER.sub("PLACEHOLDER", text)
    script = read_shell(shown)
    if script.mistake is not None:
        return [f"no shell, at {shown[script.mistake :][:20]!r}"]
    found = []
    for command in script.commands:
        if command.name.text == "sothat":
            # A variable without quotes may be any number of words.
            words = [w.text for w in command.words[1:] if w.fixed or shown[w.offset] == '"']
            found += refused(cli, click.Context(cli, info_name="sothat"), words)
    return found


def refused(command: click.Command, context: click.Context, words: list[str]) -> list[str]:
    """Return why a command would not take these words; empty: it would."""
    if not words or {"-h", "--help", "--version"} & set(words):
        return []
    if not isinstance(command, click.Group):
        return _parsed(command, context, words)
    command.parse_args(context, words)
    name, *rest = [*context._protected_args, *context.args]
    inner = top(name) if command is cli else command.get_command(context, name)
    if inner is None:
        return [f"{context.command_path} has no command {name!r}"]
    return refused(inner, click.Context(inner, info_name=name, parent=context), rest)


@cache
def top(name: str) -> click.Command | None:
    """Return a subcommand; which there are is looked up in all installed packages each time."""
    return cli.get_command(click.Context(cli), name)


def _parsed(command: click.Command, context: click.Context, words: list[str]) -> list[str]:
    try:
        values, _, _ = command.make_parser(context).parse_args(args=words)
    except click.UsageError as error:
        return [f"{context.command_path}: {error.format_message()}"]
    return [
        f"{context.command_path}: {value!r} is not one of {', '.join(parameter.type.choices)}"
        for parameter in command.params
        if isinstance(parameter.type, click.Choice)
        for value in _given(values.get(parameter.name or ""))
        if value not in parameter.type.choices
    ]


def _given(value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [one for one in values if isinstance(one, str)]


def test_every_command_is_one() -> None:
    found = [fault for page in pages() for block in blocks(page) for fault in wrong(block)]
    assert found == []


def test_commands_in_running_text_are_commands() -> None:
    found = []
    for page in pages():
        text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for line in INLINE.findall(text):
            if not OPEN.search(line) and "[" not in line:
                found += [f"{page.name}: {fault}" for fault in _wrong(" ".join(line.split()))]
    # An option may be spoken of without its value.
    assert [fault for fault in found if "requires an argument" not in fault] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sothat check --catalogue DIR", ""),
        ("sothat chek", "has no command 'chek'"),
        ("sothat check --catalog-ue DIR", "No such option"),
        ("sothat check --format jsn", "'jsn' is not one of"),
        ("sothat incidents token ad x", "has no command 'ad'"),
        ("sothat incidents show 1 --why | head -3", ""),
        ("for n in 1 2; do sothat incidents shw $n; done", "has no command 'shw'"),
        ("echo 'open", "no shell"),
        ("echo sothat chek", ""),
    ],
)
def test_a_slip_is_found(text: str, fault: str) -> None:
    found = wrong(Block(ROOT / "README.md", 1, "sh", text, {}, ""))
    assert bool(found) == bool(fault)
    assert fault in "".join(found)
