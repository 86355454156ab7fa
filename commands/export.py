"""``sothat export``: the exporter process."""

import os
from pathlib import Path

import click
from sothat.commands._output import examples

_EXAMPLES = examples(
    "sothat export --config exporter.yaml --check",
    "sothat export --config exporter.yaml",
    "sothat export --schema > exporter.schema.json",
)


@click.command(
    "export",
    short_help="Run the exporter: hosts, databases, Tuya, business.",
    epilog=_EXAMPLES,
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration (kind: Exporter).",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder that relative paths in the configuration start from; default: its own.",
)
@click.option("--listen", metavar="HOST:PORT", help="Wins over the configuration's.")
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(path_type=Path),
    help="TLS and users, in exporter-toolkit's format; read again live.",
)
@click.option("--check", "check_only", is_flag=True, help="Check the configuration only.")
@click.option("--schema", is_flag=True, help="Print the configuration's JSON Schema, for editors.")
@click.option("--log-format", type=click.Choice(["logfmt", "json"]), default="logfmt")
def command(
    config: Path | None,
    data: Path | None,
    listen: str | None,
    web_config: Path | None,
    check_only: bool,
    schema: bool,
    log_format: str,
) -> None:
    """Collect metrics from hosts, databases, Tuya devices and business data for Prometheus."""
    from importlib.metadata import version

    from sothat.exporters.service import Options, check, schema_text, serve
    from sothat.runtime.logs import configure_logs

    if schema:
        click.echo(schema_text())
        return
    if config is None:
        raise click.UsageError("Missing option '--config'.")
    configure_logs(log_format)
    options = Options(config, data, listen, version("sothat"), os.environ, web_config)
    if check_only:
        click.echo(check(options))
    else:
        serve(options)
