"""Finds the tools that the stack runs, and their versions."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sothat.stack.buildinfo import PROMETHEUS_MODULE, module_version

ALERTMANAGER_MODULE = "github.com/prometheus/alertmanager"
VERSION_SECONDS = 10.0
_VERSION = re.compile(r"\bversion:?\s+v?(\d+(?:\.\d+)+)", re.IGNORECASE)

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of others.

    Attributes:
        names: What it is called, by distribution, first choice first.
        minimum: The oldest version that the stack works with.
        required: Whether the stack cannot do without it.
        purpose: What it is for, for people.
        version_option: What makes it print its version.
        module: The Go module that it is compiled from, for when it was compiled without a version.
    """

    name: str
    names: tuple[str, ...]
    minimum: Version
    required: bool
    purpose: str
    version_option: str = "--version"
    module: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A tool on this machine; the version is empty when it does not tell (a self-built one).

    Attributes:
        runs: Whether it runs at all; a broken download or one for another machine does not.
    """

    tool: Tool
    path: Path
    version: Version
    runs: bool = True

    @property
    def recent_enough(self) -> bool:
        """Return whether the version is new enough, or at least not known to be too old."""
        return not self.version or self.version >= self.tool.minimum


PROMETHEUS = Tool(
    "prometheus",
    ("prometheus",),
    (2, 42),
    required=True,
    purpose="scrapes, and evaluates the rules",
    module=PROMETHEUS_MODULE,
)
PROMTOOL = Tool(
    "promtool",
    ("promtool",),
    (2, 42),
    required=False,
    purpose="checks rules before they are loaded",
    module=PROMETHEUS_MODULE,
)
# Debian's package renames it.
ALERTMANAGER = Tool(
    "alertmanager",
    ("alertmanager", "prometheus-alertmanager"),
    (0, 25),
    required=True,
    purpose="groups, inhibits and routes alerts",
    module=ALERTMANAGER_MODULE,
)
AMTOOL = Tool(
    "amtool",
    ("amtool",),
    (0, 25),
    required=False,
    purpose="checks the routing",
    module=ALERTMANAGER_MODULE,
)
GRAFANA = Tool(
    "grafana",
    ("grafana", "grafana-server"),
    (9, 4),
    required=False,
    purpose="shows the boards",
    version_option="-v",
)
ALL = (PROMETHEUS, PROMTOOL, ALERTMANAGER, AMTOOL, GRAFANA)


def locate(tool: Tool, environment: Mapping[str, str]) -> Path | None:
    """Return a tool's place: in the folder ``SOTHAT_TOOLS``, else on ``PATH``, else None."""
    for folders in (environment.get("SOTHAT_TOOLS", ""), environment.get("PATH", os.defpath)):
        for name in tool.names:
            if path := folders and shutil.which(name, path=folders):
                return Path(path).absolute()
    return None


def find(tool: Tool, environment: Mapping[str, str]) -> Found | None:
    """Return a tool with its version, or None where there is none."""
    path = locate(tool, environment)
    if path is None:
        return None
    words = first_words([str(path), tool.version_option])
    version = parse_version(words)
    if not version and tool.module:
        version = module_version(path, tool.module)
    return Found(tool, path, version, runs=bool(words))


def first_words(command: Sequence[str]) -> str:
    """Return what a command prints, or nothing if it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout or done.stderr


def parse_version(text: str) -> Version:
    """Return the version in a tool's ``--version`` text; empty when it tells none."""
    match = _VERSION.search(text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def version_text(version: Version) -> str:
    """Return a version with dots, or what to say when it is not known."""
    return ".".join(map(str, version)) if version else "unknown"
