"""``sothat building``: a simulated building, and its faults."""

from pathlib import Path
from typing import Any

import click

_CONTROL = "127.0.0.1:9782"


@click.group()
def command() -> None:
    """Run a simulated building of Tuya devices and give them faults."""


@command.command()
@click.option("--config", required=True, type=click.Path(path_type=Path), help="The building.")
@click.option("--data", type=click.Path(path_type=Path), help="Default: the file's folder.")
@click.option("--listen", default=_CONTROL, show_default=True, help="The control interface.")
@click.option("--subnet", default="127.77.0", show_default=True, help="The devices' addresses.")
@click.option("--log-format", type=click.Choice(["logfmt", "json"]), default="logfmt")
def serve(config: Path, data: Path | None, listen: str, subnet: str, log_format: str) -> None:
    """Let the devices answer, until SIGTERM or Ctrl-C."""
    from sothat.runtime.logs import configure_logs
    from sothat.simulator.process import serve as serve_building

    configure_logs(log_format)
    serve_building(config, data or config.parent, listen, subnet)


@command.command()
@click.option("--config", required=True, type=click.Path(path_type=Path), help="The building.")
@click.option("--data", type=click.Path(path_type=Path), help="Default: the file's folder.")
@click.option("--listen", default=_CONTROL, show_default=True, help="The control interface.")
@click.option("--subnet", default="127.77.0", show_default=True, help="The devices' addresses.")
def prepare(config: Path, data: Path | None, listen: str, subnet: str) -> None:
    """Check what serve would need and write its files, without answering."""
    from sothat.simulator.process import prepare as prepare_building

    prepare_building(config, data or config.parent, listen, subnet)


_address = click.option("--address", default=_CONTROL, show_default=True, help="Of the building.")


@command.command("list")
@_address
@click.option("--json", "as_json", is_flag=True, help="As the interface answers it.")
def list_devices(address: str, as_json: bool) -> None:
    """Show all devices and their faults."""
    import json

    from sothat.simulator.client import Client

    devices = Client(address).devices()
    if as_json:
        click.echo(json.dumps({"devices": devices}, indent=2))
        return
    click.echo(_row("device", "address", "version", "product", "faults"))
    for device in devices:
        click.echo(_line(device))


@command.command()
@click.argument("device")
@click.argument("fault")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE",
    help="slow: seconds; battery-draining: rate, floor (%). Repeatable.",
)
@_address
def fault(device: str, fault: str, parameters: tuple[str, ...], address: str) -> None:
    r"""Give DEVICE a FAULT.

    \b
    Faults: offline, silent, slow, wrong-key, error-burst, battery-draining,
    firmware-stuck, cut-off, split, joined, replay, garbage, oversized. The
    devices: sothat building list
    """
    from sothat.simulator.client import Client, parse_parameters

    click.echo(_line(Client(address).inflict(device, fault, parse_parameters(parameters))))


@command.command()
@click.argument("device", required=False)
@_address
def heal(device: str | None, address: str) -> None:
    """Take all faults away from DEVICE, or from every device."""
    from sothat.simulator.client import Client

    client = Client(address)
    if device is not None:
        click.echo(_line(client.heal(device)))
        return
    client.heal_all()
    click.echo("all devices healed")


def _line(device: dict[str, Any]) -> str:
    faults = ", ".join(device["faults"]) or "–"
    return _row(device["name"], device["address"], device["version"], device["product"], faults)


def _row(name: str, address: str, version: str, product: str, faults: str) -> str:
    return f"{name:<32} {address:<15} {version:<7}  {product:<22} {faults}"
