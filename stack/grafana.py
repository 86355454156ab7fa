"""Grafana: finding its home, provisioning data source and boards, its command line."""

import configparser
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sothat.model.problem import Position, unusable
from sothat.stack.folder import Folder, write_text
from sothat.stack.part import Address, Part
from sothat.stack.tools import GRAFANA, locate

DATASOURCE_UID = "prometheus"
# Where packages put what the program on PATH needs beside itself.
PACKAGED_HOMES = (Path("/usr/share/grafana"), Path("/usr/local/share/grafana"))
HOW_TO_GET = (
    "no Grafana here: install the package grafana, or name its unpacked folder with "
    "--grafana-home or SOTHAT_GRAFANA_HOME (see `sothat doctor`)"
)


@dataclass(frozen=True, slots=True)
class Grafana:
    """A Grafana on this machine: the program and the home folder with its pages and defaults."""

    program: Path
    home: Path


def find_grafana(home: Path | None, environment: Mapping[str, str]) -> Grafana | None:
    """Return the Grafana to run, or None where there is none.

    Args:
        home: The folder named on the command line; wins over ``SOTHAT_GRAFANA_HOME`` and PATH.
        environment: The process's variables.

    Raises:
        Unusable: The folder named holds no Grafana.
    """
    named = home or _named_home(environment)
    if named:
        return _at_home(named.absolute())
    program = locate(GRAFANA, environment)
    if program is None:
        return None
    real = program.resolve()
    prefix = real.parent.parent
    homes = (prefix, prefix / "share" / "grafana", *PACKAGED_HOMES)
    fitting = next(filter(is_home, homes), None)
    return Grafana(program, fitting) if fitting else None


def _named_home(environment: Mapping[str, str]) -> Path | None:
    text = environment.get("SOTHAT_GRAFANA_HOME", "")
    return Path(text) if text else None


def is_home(folder: Path) -> bool:
    """Return whether a folder is Grafana's home."""
    return (folder / "conf" / "defaults.ini").is_file() and (folder / "public").is_dir()


def _at_home(home: Path) -> Grafana:
    for name in GRAFANA.names:
        program = home / "bin" / name
        if is_home(home) and program.is_file():
            return Grafana(program, home)
    raise unusable(
        "no-grafana-home",
        "no Grafana in this folder: it must hold bin/grafana, conf/defaults.ini and public/",
        position=Position(str(home)),
    )


def settings(data: Folder, address: Address, boards: Path) -> Mapping[str, Mapping[str, str]]:
    """Return Grafana's settings: viewing without login, nothing sent anywhere."""
    home_board = next(iter(sorted(boards.rglob("*executive*.json"))), None)
    return {
        "paths": {
            "data": str(data.root / "grafana"),
            "logs": str(data.root / "grafana" / "log"),
            "plugins": str(data.root / "grafana" / "plugins"),
            "provisioning": str(provisioning_folder(data)),
        },
        "server": {
            "http_addr": address.host,
            "http_port": str(address.port),
            "root_url": f"{address.url}/",
        },
        "analytics": {
            "enabled": "false",
            "reporting_enabled": "false",
            "check_for_updates": "false",
            "check_for_plugin_updates": "false",
            "feedback_links_enabled": "false",
        },
        "security": {
            "admin_password": f"$__file{{{data.grafana_password}}}",
            "disable_gravatar": "true",
        },
        "snapshots": {"external_enabled": "false"},
        "news": {"news_feed_enabled": "false"},
        "plugins": {"plugin_admin_enabled": "false", "preinstall_disabled": "true"},
        "auth.anonymous": {"enabled": "true", "org_role": "Viewer"},
        # Prometheus and Alertmanager decide what is an alert; Grafana only shows.
        "unified_alerting": {"enabled": "false"},
        "alerting": {"enabled": "false"},
        "dashboards": {
            "min_refresh_interval": "1s",
            "default_home_dashboard_path": str(home_board) if home_board else "",
        },
        "log": {"mode": "console"},
    }


def settings_text(sections: Mapping[str, Mapping[str, str]]) -> str:
    """Return settings in Grafana's INI form."""
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    stream = io.StringIO()
    parser.write(stream)
    return (
        f"# Written by `sothat up` at each start; changes made here are lost.\n{stream.getvalue()}"
    )


def datasources(prometheus: Address, scrape_interval: str) -> Mapping[str, Any]:
    """Return the provisioning of the one data source."""
    source = {
        "name": "Prometheus",
        "uid": DATASOURCE_UID,
        "type": "prometheus",
        "access": "proxy",
        "url": prometheus.url,
        "isDefault": True,
        "editable": False,
        "jsonData": {"httpMethod": "POST", "timeInterval": scrape_interval},
    }
    return {"apiVersion": 1, "datasources": [source]}


def providers(boards: Path) -> Mapping[str, Any]:
    """Return the provisioning of the boards."""
    provider = {
        "name": "sothat",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": str(boards), "foldersFromFilesStructure": True},
    }
    return {"apiVersion": 1, "providers": [provider]}


def provisioning_folder(data: Folder) -> Path:
    """Return the folder of the provisioning files."""
    return data.root / "grafana" / "provisioning"


def write_provisioning(
    data: Folder, addresses: Mapping[str, Address], boards: Path, scrape_interval: str
) -> Path:
    """Write settings and provisioning; return the path of the settings."""
    folder = provisioning_folder(data)
    sources = datasources(addresses["prometheus"], scrape_interval)
    _write_yaml(folder / "datasources" / "prometheus.yaml", sources)
    _write_yaml(folder / "dashboards" / "sothat.yaml", providers(boards))
    # Grafana complains about every provisioning folder that is missing.
    for name in ("plugins", "alerting", "notifiers", "access-control"):
        (folder / name).mkdir(exist_ok=True)
    file = data.root / "grafana" / "grafana.ini"
    write_text(file, settings_text(settings(data, addresses["grafana"], boards)))
    return file


def _write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, yaml.safe_dump(content, sort_keys=False))


def grafana_part(grafana: Grafana, file: Path, address: Address) -> Part:
    """Return Grafana as a part; the loop does not wait for it, so it may take its time."""
    return Part(
        "grafana",
        (*_server(grafana.program), f"--homepath={grafana.home}", f"--config={file}"),
        address,
        needs=("prometheus",),
        healthy="/api/health",
        ready="/api/health",
        start_seconds=300,
        nice=10,
    )


def _server(program: Path) -> Sequence[str]:
    """Return how this program is told to serve: from release 10 on there is one for everything."""
    return (str(program),) if program.name == "grafana-server" else (str(program), "server")
