"""``sothat building``: a simulated building, and its faults."""

from pathlib import Path
from typing import Any

import click
from sothat.commands._output import answer, examples, json_option, print_json

_CONTROL = "127.0.0.1:9782"


@click.group()
def command() -> None:
    """Run a simulated building of Tuya devices and give them faults."""


@command.command(epilog=examples("sothat building serve --config building.yaml"))
@click.option("--config", required=True, type=click.Path(path_type=Path), help="The building.")
@click.option("--data", type=click.Path(path_type=Path), help="Default: the file's folder.")
@click.option("--listen", default=_CONTROL, show_default=True, help="The control interface.")
@click.option("--subnet", default="127.77.0", show_default=True, help="The devices' addresses.")
@click.option("--mail", metavar="HOST:PORT", help="A mailbox that takes letters for everybody.")
@click.option("--log-format", type=click.Choice(["logfmt", "json"]), default="logfmt")
def serve(
    config: Path, data: Path | None, listen: str, subnet: str, mail: str | None, log_format: str
) -> None:
    """Let the devices answer, until SIGTERM or Ctrl-C."""
    from sothat.runtime.logs import configure_logs
    from sothat.simulator.process import serve as serve_building

    configure_logs(log_format)
    serve_building(config, data or config.parent, listen, subnet, mail)


@command.command(epilog=examples("sothat building prepare --config building.yaml"))
@click.option("--config", required=True, type=click.Path(path_type=Path), help="The building.")
@click.option("--data", type=click.Path(path_type=Path), help="Default: the file's folder.")
@click.option("--listen", default=_CONTROL, show_default=True, help="The control interface.")
@click.option("--subnet", default="127.77.0", show_default=True, help="The devices' addresses.")
@click.option("--mail", metavar="HOST:PORT", help="A mailbox that takes letters for everybody.")
@json_option
def prepare(
    config: Path,
    data: Path | None,
    listen: str,
    subnet: str,
    mail: str | None,
    as_json: bool,
) -> None:
    """Check what serve would need and write its files, without answering."""
    from sothat.simulator.process import prepare as prepare_building

    folder = data or config.parent
    prepare_building(config, folder, listen, subnet, mail)
    if as_json:
        print_json({"building": config, "data": folder})


_address = click.option("--address", default=_CONTROL, show_default=True, help="Of the building.")


@command.command("list", epilog=examples("sothat building list", "sothat building list --json"))
@_address
@json_option
def list_devices(address: str, as_json: bool) -> None:
    """Show all devices and their faults."""
    from sothat.simulator.client import Client

    devices = Client(address).devices()
    lines = (_row("device", "address", "version", "product", "faults"), *map(_line, devices))
    answer("\n".join(lines), {"devices": devices}, as_json=as_json)


@command.command(
    epilog=examples(
        "sothat building fault harbour-lobby-plug offline",
        "sothat building fault harbour-lobby-plug slow --param seconds=5",
    )
)
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
@json_option
def fault(
    device: str, fault: str, parameters: tuple[str, ...], address: str, as_json: bool
) -> None:
    r"""Give DEVICE a FAULT.

    \b
    Faults: offline, silent, slow, wrong-key, error-burst, battery-draining,
    firmware-stuck, cut-off, split, joined, replay, garbage, oversized. The
    devices: sothat building list
    """
    from sothat.simulator.client import Client, parse_parameters

    found = Client(address).inflict(device, fault, parse_parameters(parameters))
    answer(_line(found), {"devices": [found]}, as_json=as_json)


@command.command(epilog=examples("sothat building heal harbour-lobby-plug", "sothat building heal"))
@click.argument("device", required=False)
@_address
@json_option
def heal(device: str | None, address: str, as_json: bool) -> None:
    """Take all faults away from DEVICE, or from every device."""
    from sothat.simulator.client import Client

    client = Client(address)
    if device is not None:
        found = client.heal(device)
        answer(_line(found), {"devices": [found]}, as_json=as_json)
        return
    client.heal_all()
    answer("all devices healed", {"devices": client.devices() if as_json else []}, as_json=as_json)


def _line(device: dict[str, Any]) -> str:
    faults = ", ".join(device["faults"]) or "–"
    return _row(device["name"], device["address"], device["version"], device["product"], faults)


def _row(name: str, address: str, version: str, product: str, faults: str) -> str:
    return f"{name:<32} {address:<15} {version:<7}  {product:<22} {faults}"
