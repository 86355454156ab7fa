"""Commands that talk to a running incident service: their options, the client, the answer."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

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
        click.option("--json", "as_json", is_flag=True, help="Print the API's JSON."),
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
        click.echo(f"refused: {error}{_hint(str(error))}", err=True)
        return 1
    click.echo(json.dumps(data, indent=2) if as_json else words(data))
    return 0


def _hint(reason: str) -> str:
    """Return what to do about a refusal that has a remedy here, on a line of its own."""
    remedies = {
        "'by' is missing": "give --by NAME, or set SOTHAT_USER",
        "a token is wanted": "give --token-file FILE, or set SOTHAT_INCIDENTS_TOKEN_FILE",
    }
    found = (text for start, text in remedies.items() if reason.startswith(start))
    return "".join(f"\n  hint: {text}" for text in found)
