"""The plan: which parts there are, where they listen, and what each is told."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sothat.stack.config import DEFAULT_PORTS, StackConfig, intervals
from sothat.stack.folder import Folder, write_text
from sothat.stack.grafana import Grafana, grafana_part, write_provisioning
from sothat.stack.part import Address, Part
from sothat.stack.ports import LOOPBACK
from sothat.stack.prometheus import (
    alertmanager_part,
    prometheus_config,
    prometheus_part,
    prometheus_text,
)

# Our own commands run with the interpreter that runs this; -P: whatever the folder is that people
# stand in, nothing of it is imported.
SOTHAT = (sys.executable, "-P", "-m", "sothat.commands")


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of others that this run uses."""

    prometheus: Path
    alertmanager: Path
    promtool: Path | None = None
    grafana: Grafana | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs to know, fixed before anything starts.

    Attributes:
        addresses: Where each part listens; no ``grafana`` where there is none.
        subnet: ``127.A.B`` of the building's devices; empty leaves it to the building's file.
        mail: Where the building's mailbox takes letters; None: there is none.
    """

    config: StackConfig
    data: Folder
    programs: Programs
    addresses: Mapping[str, Address]
    subnet: str = ""
    mail: Address | None = None

    @property
    def prometheus_file(self) -> Path:
        """Return the path of Prometheus' configuration."""
        return self.data.root / "prometheus" / "prometheus.yml"


def part_names(*, grafana: bool, mailbox: bool = False) -> Sequence[str]:
    """Return the names of what listens."""
    optional = {"grafana": grafana, "mail": mailbox}
    return [name for name in DEFAULT_PORTS if optional.get(name, True)]


def addresses_of(ports: Mapping[str, int]) -> Mapping[str, Address]:
    """Return the addresses of parts on these ports, on loopback only."""
    return {name: Address(LOOPBACK, port) for name, port in ports.items()}


def build_command(plan: Plan) -> list[str]:
    """Return the command that compiles the catalogue for this run."""
    where = plan.addresses
    values = {
        **{f"urls.{name}": where[name].url for name in ("incidents", "prometheus", "alertmanager")},
        "webhook.token_file": str(plan.data.webhook_token),
        **intervals(plan.config),
    }
    # Without a Grafana the links of a firing lead to Prometheus.
    values["urls.grafana"] = where["grafana"].url if "grafana" in where else ""
    command = [*SOTHAT, "build", "--values", str(plan.config.values)]
    if plan.config.catalogue:
        command += ["--catalogue", str(plan.config.catalogue)]
    for key, value in values.items():
        command += ["--set", f"{key}={value}"]
    return [*command, "-o", str(plan.data.compiled)]


def building_command(plan: Plan) -> list[str]:
    """Return the command that checks the building and writes its files."""
    return [*_building(plan, "prepare")]


def building_part(plan: Plan) -> Part:
    """Return the simulated building."""
    return Part("building", _building(plan, "serve"), plan.addresses["building"])


def _building(plan: Plan, verb: str) -> tuple[str, ...]:
    subnet = ("--subnet", plan.subnet) if plan.subnet else ()
    command = _ours(plan, "building", "building", verb)
    return (*command, "--data", str(plan.data.root), *subnet, *_mail(plan))


def _mail(plan: Plan) -> tuple[str, ...]:
    return ("--mail", str(plan.mail)) if plan.mail else ()


def incidents_part(plan: Plan) -> Part:
    """Return the incident service."""
    command = _ours(plan, "incidents", "incidents", "serve")
    options = ("--data", str(plan.data.root), "--alertmanager", plan.addresses["alertmanager"].url)
    return Part("incidents", (*command, *options, *_mail(plan)), plan.addresses["incidents"])


def exporter_part(plan: Plan) -> Part:
    """Return the exporter; it reads what the building has written."""
    command = _ours(plan, "exporter", "export")
    return Part(
        "exporter",
        (*command, "--data", str(plan.data.root)),
        plan.addresses["exporter"],
        needs=("building",),
    )


def _ours(plan: Plan, name: str, *command: str) -> tuple[str, ...]:
    file: Path = getattr(plan.config, name)
    listen = str(plan.addresses[name])
    return (*SOTHAT, *command, "--config", str(file), "--listen", listen)


def write_configs(plan: Plan) -> None:
    """Write the configurations of Prometheus and Grafana to the data folder."""
    rules = plan.data.compiled / "prometheus" / "rules"
    config = prometheus_config(plan.config, plan.addresses, rules)
    write_text(plan.prometheus_file, prometheus_text(config))
    if plan.programs.grafana:
        boards = plan.data.compiled / "dashboards"
        scrape = intervals(plan.config)["scrape_interval"]
        write_provisioning(plan.data, plan.addresses, boards, scrape)


def parts_of(plan: Plan) -> tuple[Part, ...]:
    """Return all parts in the order of their start."""
    where, programs = plan.addresses, plan.programs
    parts = [
        building_part(plan),
        incidents_part(plan),
        alertmanager_part(programs.alertmanager, plan.data, where["alertmanager"]),
        exporter_part(plan),
        prometheus_part(programs.prometheus, plan.prometheus_file, plan.data, where["prometheus"]),
    ]
    if programs.grafana:
        settings = plan.data.root / "grafana" / "grafana.ini"
        parts.append(grafana_part(programs.grafana, settings, where["grafana"]))
    return tuple(parts)
