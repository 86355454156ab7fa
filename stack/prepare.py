"""Everything that is looked at before anything starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sothat.model.problem import Problem, Unusable
from sothat.stack.checks import check_all
from sothat.stack.config import StackConfig, load_config
from sothat.stack.folder import Folder, unwritable
from sothat.stack.grafana import find_grafana
from sothat.stack.install import install_hint
from sothat.stack.part import Part
from sothat.stack.plan import (
    Plan,
    Programs,
    addresses_of,
    build_command,
    building_command,
    exporter_part,
    incidents_part,
    part_names,
    write_configs,
)
from sothat.stack.ports import free_ports, free_subnet, taken
from sothat.stack.tools import ALERTMANAGER, PROMETHEUS, PROMTOOL, Tool, locate


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said.

    Attributes:
        auto_ports: Choose free ports and a free subnet instead of the configured ones.
        grafana: Whether to start Grafana where there is one.
    """

    config: Path
    data: Path
    auto_ports: bool = False
    grafana_home: Path | None = None
    grafana: bool = True


def make_plan(options: Options, environment: Mapping[str, str]) -> Plan:
    """Read the configuration, find the programs, settle the addresses.

    Raises:
        Unusable: Something is wrong or missing, or a port is in use.
    """
    config = load_config(options.config)
    programs = find_programs(options, environment)
    names = part_names(grafana=programs.grafana is not None, mailbox=config.mailbox)
    ports = free_ports(names) if options.auto_ports else _configured_ports(config, names)
    subnet = free_subnet() if options.auto_ports else ""
    data = Folder(options.data.absolute())
    addresses = dict(addresses_of(ports))
    mail = addresses.pop("mail", None)
    return Plan(config, data, programs, addresses, subnet, mail)


def _configured_ports(config: StackConfig, names: Sequence[str]) -> Mapping[str, int]:
    ports = {name: config.ports[name] for name in names}
    if problems := taken(ports):
        raise Unusable(problems)
    return ports


def find_programs(options: Options, environment: Mapping[str, str]) -> Programs:
    """Return the programs of others.

    Raises:
        Unusable: One that the stack cannot do without is missing.
    """
    prometheus = locate(PROMETHEUS, environment)
    alertmanager = locate(ALERTMANAGER, environment)
    if prometheus is None or alertmanager is None:
        wanted = ((PROMETHEUS, prometheus), (ALERTMANAGER, alertmanager))
        raise Unusable([_missing(tool) for tool, path in wanted if path is None])
    grafana = find_grafana(options.grafana_home, environment) if options.grafana else None
    return Programs(prometheus, alertmanager, locate(PROMTOOL, environment), grafana)


def _missing(tool: Tool) -> Problem:
    message = f"no {tool.name} on PATH or in SOTHAT_TOOLS ({' or '.join(tool.names)})"
    return Problem("tool-missing", message, hint=install_hint(tool))


def prepare(plan: Plan, stop: Event) -> None:
    """Fill the data folder and have every part look at its input; to be called with it locked.

    Raises:
        Unusable: The data folder cannot be written.
        Declined: A part found a problem.
        Interrupted: The flag was set.
    """
    plan.data.prepare(plan.config.files)
    # The two that write what the others read; then the others.
    check_all({"the compiler": build_command(plan), "the building": building_command(plan)}, stop)
    try:
        write_configs(plan)
    except OSError as error:
        raise unwritable(plan.data.root, error) from error
    check_all({**_our_checks(plan), **_others_checks(plan)}, stop)


def _our_checks(plan: Plan) -> Mapping[str, Sequence[str]]:
    return {
        "the incident service": check_command(incidents_part(plan)),
        "the exporter": check_command(exporter_part(plan)),
    }


def _others_checks(plan: Plan) -> Mapping[str, Sequence[str]]:
    """Return what shows that the programs of others run at all, and take what we wrote."""
    programs = plan.programs
    checks = {
        "prometheus": [str(programs.prometheus), PROMETHEUS.version_option],
        "alertmanager": [str(programs.alertmanager), ALERTMANAGER.version_option],
    }
    if programs.promtool:
        checks["promtool"] = [str(programs.promtool), "check", "config", str(plan.prometheus_file)]
    return checks


def check_command(part: Part) -> list[str]:
    """Return the command that has one of our parts look at its input without starting."""
    return [*part.command, "--check"]
