"""``sothat incidents migrate``: the store's schema, before a release is rolled out."""

import os
from pathlib import Path

import click


@click.command(short_help="Bring the store's schema up to date, and nothing else.")
@click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="The service's YAML."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of the configuration's relative paths (default: its own).",
)
def migrate(config: Path, data: Path | None) -> None:
    """Create or upgrade the store's schema; the service may run, on PostgreSQL.

    Only the configuration's `store` is read: policy and secrets of channels need not be there.
    """
    from sothat.incidents.configuration import load_store
    from sothat.incidents.upgrading import bring_up_to_date

    revision = bring_up_to_date(load_store(config, os.environ, data))
    click.echo(f"the store's schema is at {revision}")
