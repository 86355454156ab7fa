"""Commands that talk to a running incident service: their options, the client, the answer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import answer, json_option, tell_problems
from sothat.model.problem import Problem

_DEFAULT_URL = "http://127.0.0.1:9781"


def with_client(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every talking subcommand has."""
    options = (
        click.option(
            "--url",
            default=_DEFAULT_URL,
            show_default=True,
            envvar="SOTHAT_INCIDENTS_URL",
            help="Where the service is.",
        ),
        click.option(
            "--token-file",
            type=click.Path(path_type=Path),
            envvar="SOTHAT_INCIDENTS_TOKEN_FILE",
            help="File with the API's token, where the service wants one.",
        ),
        json_option,
    )
    for option in options:
        function = option(function)
    return function


def client_of(url: str, token_file: Path | None) -> Any:
    """Return a client of the service; its module is loaded only now."""
    from sothat.incidents.client import Client
    from sothat.model.problem import Position, unusable
    from sothat.runtime.documents import read_text

    token = read_text(token_file).strip() if token_file else ""
    if not token.isprintable():
        where = Position(str(token_file))
        raise unusable("bad-token", "a token is one line of text", position=where)
    return Client(url, token)


def show_answer(
    ask: Callable[[], Mapping[str, Any]], as_json: bool, words: Callable[[Mapping[str, Any]], str]
) -> int:
    """Print an answer; return the exit code: 1 if the service refused."""
    from sothat.incidents.client import Refusal

    try:
        data = ask()
    except Refusal as error:
        return refused(str(error), as_json=as_json)
    answer("" if as_json else words(data), data, as_json=as_json)
    return 0


def refused(reason: str, *, as_json: bool) -> int:
    """Say why the service refused, and return the exit code."""
    hint = _hint(reason)
    if as_json:
        tell_problems([Problem("service-refused", reason, hint=hint)], as_json=True)
    else:
        click.echo(f"refused: {reason}" + (f"\n  hint: {hint}" if hint else ""), err=True)
    return 1


def _hint(reason: str) -> str:
    """Return what to do about a refusal that has a remedy here."""
    remedies = {
        "'by' is missing": "give --by NAME, or set SOTHAT_USER",
        "a token is wanted": "give --token-file FILE, or set SOTHAT_INCIDENTS_TOKEN_FILE",
    }
    return next((text for start, text in remedies.items() if reason.startswith(start)), "")
