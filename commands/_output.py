"""What commands print: an answer in words or as JSON, problems, examples, files."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from sothat.model.problem import Position, Problem, render, unusable
from sothat.runtime.terminal import colours

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)
_FORM = ("--format", "json")


def examples(*lines: str) -> str:
    """Return the end of a command's help: lines as a person types them."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def answer(words: str, data: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what a command has found or done: in words, or as one JSON object."""
    click.echo(as_text(data) if as_json else words)


def print_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    click.echo(as_text(data))


def as_text(data: Mapping[str, Any]) -> str:
    """Return an object as all commands print it; times by ISO 8601, paths and the like as text."""
    return json.dumps(data, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def tell_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print problems: on standard error for people, as one JSON object on standard output."""
    if as_json:
        print_json({"problems": plain(problems)})
        return
    for problem in problems:
        click.echo(render(problem), err=True)


def plain(problems: Sequence[Problem]) -> list[dict[str, str | int]]:
    """Return problems as each JSON object has them, below ``problems``."""
    from sothat.generator.reporting.data import entry

    return list(map(entry, problems))


def json_asked(words: Sequence[str]) -> bool:
    """Return whether a command line asks for JSON, also where it cannot be parsed."""
    own = words[: words.index("--")] if "--" in words else words
    pairs = pairwise(own)
    return "--json" in own or "--format=json" in own or _FORM in pairs


def json_wanted() -> bool:
    """Return whether the command that runs was asked for JSON."""
    context = click.get_current_context(silent=True)
    asked = context.params if context else {}
    return bool(asked.get("as_json")) or asked.get("form") == "json"


def paint(text: str, style: Mapping[str, Any]) -> str:
    """Return a text in a style, where standard output shows it."""
    return click.style(text, **style) if style and colours(sys.stdout, os.environ) else text


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Say it in words if a file cannot be written within the block.

    Raises:
        Unusable: It cannot.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        position = Position(str(file))
        raise unusable("unwritable-output", f"cannot write: {reason}", position=position) from error
