"""What this machine has for the stack, what it lacks, and the line that gets it."""

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from sothat.stack.config import DEFAULT_PORTS
from sothat.stack.grafana import find_grafana
from sothat.stack.install import install_lines
from sothat.stack.ports import LOOPBACK, holder, is_free, loopback_usable
from sothat.stack.tools import (
    ALL,
    GRAFANA,
    Found,
    Tool,
    Version,
    find,
    first_words,
    parse_version,
    version_text,
)

PYTHON = (3, 11)
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*(?P<bounds>[^;]*)(?P<marker>.*)"
)


class Verdict(StrEnum):
    """How a finding is; only what is required and not OK makes the machine unfit."""

    OK = "ok"
    MISSING = "missing"
    OLD = "too old"
    BROKEN = "broken"
    TAKEN = "in use"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        room: What it belongs to: ``tools``, ``python`` or ``machine``.
        required: Whether the stack cannot do without it.
        install: The line that gets it, by system.
    """

    room: str
    name: str
    verdict: Verdict
    required: bool
    version: str = ""
    minimum: str = ""
    path: str = ""
    note: str = ""
    install: Mapping[str, str] = field(default_factory=dict)

    @property
    def harmless(self) -> bool:
        """Return whether the stack can run in spite of it."""
        return self.verdict is Verdict.OK or not self.required


def examine(environment: Mapping[str, str], grafana_home: Path | None = None) -> list[Finding]:
    """Look at tools, Python, its packages, loopback addresses and ports."""
    tools = [_tool(tool, environment, grafana_home) for tool in ALL]
    packages = package_findings(importlib.metadata.requires("sothat") or ())
    return [*tools, _python(), *packages, _loopback(), *port_findings(DEFAULT_PORTS)]


def _tool(tool: Tool, environment: Mapping[str, str], grafana_home: Path | None) -> Finding:
    if tool is GRAFANA:
        return tool_finding(tool, _grafana(environment, grafana_home))
    return tool_finding(tool, find(tool, environment))


def _grafana(environment: Mapping[str, str], home: Path | None) -> Found | None:
    """Return Grafana if it is whole: a program without its home folder is of no use."""
    grafana = find_grafana(home, environment)
    if grafana is None:
        return None
    version = parse_version(first_words([str(grafana.program), GRAFANA.version_option]))
    return Found(GRAFANA, grafana.program, version)


def tool_finding(tool: Tool, found: Found | None) -> Finding:
    """Return the finding about one tool."""
    minimum = version_text(tool.minimum)
    lines = install_lines(tool)
    if found is None:
        verdict = Verdict.MISSING
        return Finding(
            "tools", tool.name, verdict, tool.required, "", minimum, "", tool.purpose, lines
        )
    verdict = _verdict(found)
    return Finding(
        "tools",
        tool.name,
        verdict,
        tool.required,
        version_text(found.version),
        minimum,
        str(found.path),
        tool.purpose,
        {} if verdict is Verdict.OK else lines,
    )


def _verdict(found: Found) -> Verdict:
    if not found.runs:
        return Verdict.BROKEN
    return Verdict.OK if found.recent_enough else Verdict.OLD


def _python() -> Finding:
    version = sys.version_info[:3]
    verdict = Verdict.OK if version >= PYTHON else Verdict.OLD
    return Finding(
        "python",
        "Python",
        verdict,
        required=True,
        version=version_text(version),
        minimum=version_text(PYTHON),
        path=sys.executable,
    )


def package_findings(
    requirements: Iterable[str],
    installed: Callable[[str], str] = importlib.metadata.version,
) -> Iterator[Finding]:
    """Yield a finding for each package that the core needs; extras are left out."""
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match and "extra ==" not in match["marker"]:
            yield _package(match["name"], match["bounds"].strip(), installed)


def _package(name: str, bounds: str, installed: Callable[[str], str]) -> Finding:
    minimum = numbers(bounds)
    try:
        version = installed(name)
    except importlib.metadata.PackageNotFoundError:
        return _package_finding(name, Verdict.MISSING, "", minimum, bounds)
    verdict = Verdict.OK if numbers(version) >= minimum else Verdict.OLD
    return _package_finding(name, verdict, version, minimum, bounds)


def _package_finding(
    name: str, verdict: Verdict, version: str, minimum: Version, bounds: str
) -> Finding:
    line = f"{sys.executable} -m pip install '{name}{bounds}'"
    install = {} if verdict is Verdict.OK else {"pip": line}
    return Finding(
        "python",
        name,
        verdict,
        required=True,
        version=version,
        minimum=version_text(minimum) if minimum else "",
        install=install,
    )


def numbers(text: str) -> Version:
    """Return the first dotted number in a text, such as a version's release part."""
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _loopback() -> Finding:
    fine = loopback_usable()
    note = "the simulated devices listen on addresses of their own in 127.0.0.0/8"
    lines = {} if fine else {"macOS": "sudo ifconfig lo0 alias 127.66.0.1 up"}
    return Finding(
        "machine",
        "loopback addresses 127.x",
        Verdict.OK if fine else Verdict.MISSING,
        required=True,
        note=note,
        install=lines,
    )


def port_findings(
    ports: Mapping[str, int],
    free: Callable[[str, int], bool] = is_free,
    who: Callable[[int], str] = holder,
) -> Iterator[Finding]:
    """Yield a finding for each port; one in use is no obstacle, there is ``--ports auto``."""
    for part, port in ports.items():
        fine = free(LOOPBACK, port)
        holds = "" if fine else f" is held by {who(port) or 'a process not ours to see'};"
        note = "" if fine else f"{holds} use `sothat up --ports auto`".strip()
        verdict = Verdict.OK if fine else Verdict.TAKEN
        yield Finding("machine", f"port {port} for {part}", verdict, required=False, note=note)


def fit(findings: Sequence[Finding]) -> bool:
    """Return whether the stack can run here."""
    return all(finding.harmless for finding in findings)


def as_json(findings: Sequence[Finding]) -> Mapping[str, Any]:
    """Return the findings as data for machines."""
    return {
        "fit": fit(findings),
        "findings": [
            {
                "room": f.room,
                "name": f.name,
                "verdict": f.verdict.value,
                "required": f.required,
                "version": f.version,
                "minimum": f.minimum,
                "path": f.path,
                "note": f.note,
                "install": dict(f.install),
            }
            for f in findings
        ],
    }


def as_text(findings: Sequence[Finding]) -> str:
    """Return the findings as a page for people."""
    lines: list[str] = []
    for room in dict.fromkeys(finding.room for finding in findings):
        lines += ["", room] if lines else [room]
        for finding in findings:
            if finding.room == room:
                lines += _lines(finding)
    lines += ["", _summary(findings)]
    return "\n".join(lines)


def _lines(finding: Finding) -> Iterator[str]:
    yield _headline(finding)
    for system, line in finding.install.items():
        yield f"{'':12}{system + ':':9}{line}"


def _headline(finding: Finding) -> str:
    wanted = f"needs {finding.minimum}" if finding.minimum else ""
    optional = "" if finding.required or finding.verdict is Verdict.OK else "optional"
    remarks = [finding.path, wanted, optional, finding.note if not finding.path else ""]
    text = ", ".join(filter(None, remarks))
    return f"  {finding.verdict:9} {finding.name:26} {finding.version:11} {text}".rstrip()


def _summary(findings: Sequence[Finding]) -> str:
    lacking = [finding.name for finding in findings if not finding.harmless]
    return f"not ready: {', '.join(lacking)}" if lacking else "ready: `sothat up` can run here"
