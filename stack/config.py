"""The stack's configuration: which files make up the loop, how often it looks, on which ports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.model.duration import format_duration, parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

DEFAULT_PORTS: Mapping[str, int] = {
    "building": 9782,
    "exporter": 9780,
    "incidents": 9781,
    "prometheus": 9090,
    "alertmanager": 9093,
    "grafana": 3000,
    "mail": 9784,
}
DEFAULT_INTERVAL = 15.0

_FILE = {"type": "string", "minLength": 1}
_DURATION = {
    "type": "string",
    "pattern": "^([0-9]+(ms|s|m|h))+$",
    "description": "a duration such as 15s or 1m",
}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "building", "exporter", "incidents", "values"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "Stack"},
        "building": _FILE,
        "exporter": _FILE,
        "incidents": _FILE,
        "values": _FILE,
        "catalogue": _FILE,
        "files": {
            "type": "array",
            "uniqueItems": True,
            "items": _FILE,
            "description": "files put into the data folder where it has none of that name",
        },
        "mailbox": {
            "type": "boolean",
            "description": "whether all e-mail goes into the building's mailbox",
        },
        "scrape_interval": _DURATION,
        "evaluation_interval": _DURATION,
        "ports": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(DEFAULT_PORTS, _PORT),
        },
    },
}


@dataclass(frozen=True, slots=True)
class StackConfig:
    """A checked configuration: absolute paths, intervals in seconds, a port for every part.

    Attributes:
        files: What is put into the data folder where it has none of that name.
        mailbox: Whether all e-mail goes into the building's mailbox, and nowhere else.
    """

    building: Path
    exporter: Path
    incidents: Path
    values: Path
    catalogue: Path | None
    scrape_interval: float
    evaluation_interval: float
    ports: Mapping[str, int]
    files: tuple[Path, ...] = ()
    mailbox: bool = False


def load_config(file: Path) -> StackConfig:
    """Read a stack's configuration; paths in it are relative to its folder.

    Raises:
        Unusable: The file, or a file that it names, cannot be used.
    """
    document = load_document(file)
    problems = validate(document, SCHEMA) or list(_findings(document, file.parent))
    if problems:
        raise Unusable(problems)
    data, folder = document.data, file.resolve().parent
    scrape = _interval(data, "scrape_interval", DEFAULT_INTERVAL)
    return StackConfig(
        building=folder / data["building"],
        exporter=folder / data["exporter"],
        incidents=folder / data["incidents"],
        values=folder / data["values"],
        catalogue=folder / data["catalogue"] if "catalogue" in data else None,
        scrape_interval=scrape,
        evaluation_interval=_interval(data, "evaluation_interval", scrape),
        ports={**DEFAULT_PORTS, **data.get("ports", {})},
        files=tuple(folder / name for name in data.get("files", ())),
        mailbox=data.get("mailbox", False),
    )


def intervals(config: StackConfig) -> Mapping[str, str]:
    """Return both intervals as Prometheus writes them."""
    return {
        "scrape_interval": format_duration(config.scrape_interval),
        "evaluation_interval": format_duration(config.evaluation_interval),
    }


def _interval(data: Mapping[str, Any], key: str, default: float) -> float:
    return parse_duration(data[key]) if key in data else default


def _findings(document: Document, folder: Path) -> Iterator[Problem]:
    """Yield what the schema cannot see: files that are not there, intervals of nothing."""
    for key in ("building", "exporter", "incidents", "values"):
        if key in document.data and not (folder / document.data[key]).is_file():
            yield document.problem("unreadable-file", f"no file {document.data[key]} here", [key])
    for number, name in enumerate(document.data.get("files", ())):
        if not (folder / name).is_file():
            yield document.problem("unreadable-file", f"no file {name} here", ["files", number])
    if "catalogue" in document.data and not (folder / document.data["catalogue"]).is_dir():
        name = document.data["catalogue"]
        yield document.problem("unreadable-file", f"no folder {name} here", ["catalogue"])
    for key in ("scrape_interval", "evaluation_interval"):
        yield from _interval_findings(document, key)
    yield from _port_findings(document)


def _interval_findings(document: Document, key: str) -> Iterator[Problem]:
    if key not in document.data:
        return
    try:
        seconds = parse_duration(document.data[key])
    except ValueError as error:
        yield document.problem("bad-format", f"'{key}': {error}", [key])
        return
    if seconds <= 0:
        yield document.problem("out-of-range", f"'{key}' must be longer than nothing", [key])


def _port_findings(document: Document) -> Iterator[Problem]:
    chosen = document.data.get("ports", {})
    ports = {**DEFAULT_PORTS, **chosen}
    for name in chosen:
        others = [other for other in ports if other != name and ports[other] == ports[name]]
        if others:
            message = f"port {ports[name]} of {name} is also the port of {others[0]}"
            yield document.problem("port-doubled", message, ["ports", name])
