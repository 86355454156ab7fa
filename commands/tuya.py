"""``sothat tuya``: look at a live device, and run a simulated cloud."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._output import examples, json_option, print_json

if TYPE_CHECKING:
    from sothat.exporters.tuya.devices import Device
    from sothat.exporters.tuya.registry.drafting import Row

_PORT = 6668


@click.group()
def command() -> None:
    """Look at Tuya devices, and simulate their cloud."""


@command.command(
    epilog=examples(
        "sothat tuya inspect lobby-plug --devices devices.json",
        "sothat tuya inspect lobby-plug --draft > products.yaml",
    )
)
@click.argument("device")
@click.option(
    "--devices",
    type=click.Path(path_type=Path),
    default=Path("devices.json"),
    show_default=True,
    help="tinytuya's list of devices, with their keys.",
)
@click.option("--products", type=click.Path(path_type=Path), help="Your file of products.")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=15.0, show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=_PORT, show_default=True)
@click.option("--draft", "draft_only", is_flag=True, help="Only the draft of the missing entries.")
@json_option
def inspect(
    device: str,
    devices: Path,
    products: Path | None,
    timeout: float,
    port: int,
    draft_only: bool,
    as_json: bool,
) -> int:
    """Ask DEVICE (its name or id) what it reports, and draft what the registry lacks.

    A device takes one client: stop the exporter first, or expect no answer.
    """
    import logging

    from sothat.exporters.tuya.registry.drafting import rows
    from sothat.exporters.tuya.registry.loading import load_products, standard
    from sothat.exporters.tuya.registry.meters import Meters
    from sothat.exporters.tuya.registry.reader import Registry

    # What the engine would log of a single device is said in the answer.
    logging.getLogger("sothat").setLevel(logging.ERROR)
    catalogue = standard()
    if products:
        catalogue = catalogue.over(load_products(products))
    found, points = _asked(devices, device, port, timeout)
    known = [*rows(found, points, Registry(catalogue, Meters()))]
    lacking = {row.number: row.draft for row in known if row.draft}
    if as_json:
        points_of = [asdict(row) for row in known]
        print_json({"device": found.name, "points": points_of})
        return 1 if lacking and not draft_only else 0
    if not draft_only:
        click.echo("\n".join(_table(found, known)))
    if lacking:
        click.echo(("" if draft_only else "\n") + _document(found, lacking), nl=False)
    return 1 if lacking and not draft_only else 0


def _asked(
    file: Path, named: str, port: int, timeout: float
) -> tuple["Device", Mapping[str, object]]:
    """Return the device, and the points that it has reported.

    Raises:
        Unusable: It is not on the list, or has not answered.
    """
    from sothat.exporters.clock import SystemClock
    from sothat.exporters.tuya.devices import load_devices
    from sothat.exporters.tuya.inspecting import chosen, look, obstacle, plan_of
    from sothat.model.guessing import did_you_mean
    from sothat.model.problem import Position, unusable

    devices = load_devices(file)
    found = chosen(devices, named)
    if found is None:
        hint = did_you_mean(named, [one.name for one in devices])
        message = f"'{named}' is not in the device list"
        raise unusable("unknown-device", message, position=Position(str(file)), hint=hint)
    device, needed = found
    if why := obstacle(device, needed):
        where = Position(str(file))
        raise unusable("no-answer", f"'{device.name}' cannot be asked: {why}", position=where)
    seen = look(device, needed, plan_of(port, min(5.0, timeout)), SystemClock(), timeout)
    if seen.points is None:
        hint = "it takes one client: stop the exporter, and close the app on every phone"
        raise unusable("no-answer", f"'{device.name}' does not answer: {seen.reason}", hint=hint)
    return device, seen.points


def _table(device: "Device", known: list["Row"]) -> Iterator[str]:
    about = f"{device.name}  product {device.product_id or '–'}  category {device.category or '–'}"
    yield about
    yield f"{'point':<6} {'code':<24} {'reported':<24} meaning"
    for row in known:
        yield f"{row.number:<6} {row.code or '–':<24} {row.raw:<24} {row.means}"


def _document(device: "Device", lacking: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the draft of a product file."""
    import yaml

    product: dict[str, Any] = {"title": device.product or device.name}
    if device.category:
        product["category"] = device.category
    product["points"] = {number: dict(entry) for number, entry in lacking.items()}
    data = {
        "apiVersion": "sothat/v1",
        "kind": "TuyaProducts",
        "products": {device.product_id or "PRODUCT_ID": product},
    }
    head = "# A draft: answer each question and take its `draft` out; until then it is refused.\n"
    return head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


@command.command(
    "cloud",
    epilog=examples("sothat tuya cloud --devices devices.json --secret-file cloud-secret"),
)
@click.option(
    "--devices", type=click.Path(path_type=Path), required=True, help="tinytuya's list of devices."
)
@click.option("--access-id", default="simulated-access-id", show_default=True)
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path),
    required=True,
    help="Of the simulated project.",
)
@click.option("--quota", type=click.IntRange(0), help="Calls that are answered.")
@click.option("--listen", default="127.0.0.1:9783", show_default=True)
@click.option("--log-format", type=click.Choice(["logfmt", "json"]), default="logfmt")
def cloud(
    devices: Path,
    access_id: str,
    secret_file: Path,
    quota: int | None,
    listen: str,
    log_format: str,
) -> None:
    """Run a simulated Tuya cloud on loopback, until SIGTERM or Ctrl-C."""
    from sothat.model.problem import Position, unusable
    from sothat.runtime.documents import read_text
    from sothat.runtime.logs import configure_logs
    from sothat.simulator.cloud.process import CloudPlan, serve

    configure_logs(log_format)
    secret = read_text(secret_file).strip()
    if not secret:
        where = Position(str(secret_file))
        raise unusable("missing-secret", "the secret's file is empty", position=where)
    serve(CloudPlan(devices, access_id, secret, quota), listen)
