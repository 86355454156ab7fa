"""``sothat incidents backup|restore|erase``: looking after the store."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import answer, examples, json_option


def _with_store(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the store is."""
    options = (
        click.option(
            "--config", type=click.Path(path_type=Path), required=True, help="The service's YAML."
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path),
            help="Folder of the configuration's relative paths (default: its own).",
        ),
        json_option,
    )
    for option in options:
        function = option(function)
    return function


_BACKUP = "sothat incidents backup incidents.backup --config incidents.yaml"
_RESTORE = "sothat incidents restore incidents.backup --config new.yaml"
_ERASE = "sothat incidents erase --config incidents.yaml --person 'Third engineer' --by admin"


@click.command(short_help="Write the whole store into one file.", epilog=examples(_BACKUP))
@_with_store
@click.argument("file", type=click.Path(path_type=Path))
def backup(config: Path, data: Path | None, file: Path, *, as_json: bool) -> None:
    """Write the whole store into one FILE, whatever database it is on; the service may run."""
    from sothat.incidents.keeping import backup as write

    _say(f"{file}: written", write(_url(config, data), file), as_json=as_json)


@click.command(short_help="Fill an empty store from a backup.", epilog=examples(_RESTORE))
@_with_store
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def restore(config: Path, data: Path | None, file: Path, *, as_json: bool) -> None:
    """Fill the configuration's store, which must be new or empty, from a FILE of `backup`.

    The backup may be of another database: this is also the way from SQLite to PostgreSQL.
    """
    from sothat.incidents.keeping import restore as read

    _say(f"{file}: restored", read(_url(config, data), file), as_json=as_json)


@click.command(short_help="Put a person's name out of the store.", epilog=examples(_ERASE))
@_with_store
@click.option(
    "--person",
    "person",
    required=True,
    multiple=True,
    metavar="TEXT",
    help="The name as it stands in the store; repeat it for an address, a number, a token's name.",
)
@click.option("--by", required=True, help="Who does this, for the audit log.")
def erase(
    config: Path, data: Path | None, person: tuple[str, ...], by: str, *, as_json: bool
) -> None:
    """Replace what names a person: timelines, incidents, pages, tokens, audit log, raw messages.

    On SQLite the service must be stopped. Backups that were written before still hold the name.
    """
    from sothat.incidents.keeping import erase as put_out

    counts = put_out(_url(config, data), person, by, time.time_ns)
    _say("erased", counts, as_json=as_json)


def _url(config: Path, data: Path | None) -> str:
    from sothat.incidents.configuration import load_settings

    return load_settings(config, os.environ, data).store_url.reveal()


def _say(what: str, counts: Mapping[str, int], *, as_json: bool) -> None:
    rows = ", ".join(f"{count} in {table}" for table, count in sorted(counts.items()))
    answer(f"{what}; rows: {rows or 'none'}", {"rows": dict(counts)}, as_json=as_json)
