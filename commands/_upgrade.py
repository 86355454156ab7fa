"""``sothat incidents migrate``: the store's schema, before a release is rolled out."""

import os
from pathlib import Path

import click
from sothat.commands._output import answer, examples, json_option


@click.command(
    short_help="Bring the store's schema up to date, and nothing else.",
    epilog=examples("sothat incidents migrate --config incidents.yaml"),
)
@click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="The service's YAML."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of the configuration's relative paths (default: its own).",
)
@json_option
def migrate(config: Path, data: Path | None, *, as_json: bool) -> None:
    """Create or upgrade the store's schema; the service may run, on PostgreSQL.

    Only the configuration's `store` is read: policy and secrets of channels need not be there.
    """
    from sothat.incidents.configuration import load_store
    from sothat.incidents.upgrading import bring_up_to_date

    revision = bring_up_to_date(load_store(config, os.environ, data))
    answer(f"the store's schema is at {revision}", {"revision": revision}, as_json=as_json)
