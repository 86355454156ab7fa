"""The front door: finds the subcommand, prints problems, sets the exit code."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any

import click
from sothat.commands._output import examples, json_asked, tell_problems
from sothat.commands._refusals import of_the_system, tell_anywhere
from sothat.model.problem import Problem, Unusable
from sothat.runtime.blame import of_an_extension
from sothat.runtime.plugins import offered

GROUP = "sothat.commands"
# What a shell says of a program that SIGPIPE has ended: neither "fine" nor "problems found", for
# the reader has gone before that could be told.
READER_GONE = 141


class Commands(click.Group):
    """The subcommands, each loaded only when it is asked for, so that start-up stays quick.

    An extension module of the group ``sothat.commands`` offers ``command``, a `click.Command`.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 – click's signature
        """Return the names of all subcommands."""
        return sorted(self._points())

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 – click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return one subcommand."""
        points = self._points().get(cmd_name)
        if points is None:
            return None
        command: click.Command = offered(GROUP, "command", click.Command, points)[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; click would guess at those that are loaded, and none is."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            known = [*self._points()]
            raise click.NoSuchCommand(error.command_name, possibilities=known, ctx=ctx) from None

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments; help is written here already."""
        with _telling_a_reader():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        with _telling_a_reader():
            return super().invoke(ctx)

    @staticmethod
    def _points() -> Mapping[str, Sequence[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for point in entry_points(group=GROUP):
            found.setdefault(point.name, []).append(point)
        return found


class _ReaderGoneError(Exception):
    """Whoever read what is written (head, less) has gone."""


@contextmanager
def _telling_a_reader() -> Iterator[None]:
    """Take a broken pipe before click does: it would end the process with 1, "problems found"."""
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "sothat doctor                      # which tools are here, what is missing",
        "sothat demo device-offline         # one fault, all the way round",
        "sothat init our-alerts             # a pack of your own",
        "sothat up                          # the whole loop, until Ctrl-C",
    ),
)
@click.version_option(version("sothat"), prog_name="sothat")
def cli() -> None:
    """Alerts as promises: IF condition, DO action, SO THAT customer outcome."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 fine, 1 problems found, 2 unusable input or set-up."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(words)
    except (BrokenPipeError, _ReaderGoneError):
        _fall_silent()
        return READER_GONE


def _run(words: Sequence[str]) -> int:
    as_json = json_asked(words)
    try:
        result: Any = cli.main(args=list(words), prog_name="sothat", standalone_mode=False)
    except Unusable as error:
        tell_problems(error.problems, as_json=as_json)
        return 2
    except click.ClickException as error:
        if as_json:
            tell_problems([_misuse(error)], as_json=True)
        else:
            error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except OSError as error:
        tell_anywhere(of_an_extension(error) or of_the_system(error), as_json=as_json)
        return 2
    except (Exception, SystemExit) as error:
        problem = of_an_extension(error)
        if problem is None:
            raise
        tell_problems([problem], as_json=as_json)
        return 2
    return result if isinstance(result, int) else 0


def _misuse(error: click.ClickException) -> Problem:
    """Return what click says of a command line as a problem."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"{context.command_path} --help" if context else ""
    return Problem("bad-usage", error.format_message().rstrip("."), hint=hint)


def _fall_silent() -> None:
    """Send what is still buffered nowhere: Python would stumble over the pipe again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
