"""The one line that installs each tool, by system."""

from collections.abc import Mapping

from sothat.stack.tools import Tool

PROMETHEUS_IMAGE = "prom/prometheus:v3.13.5"
ALERTMANAGER_IMAGE = "prom/alertmanager:v0.31.1"
# The variant built for glibc: its program also runs outside of the container.
GRAFANA_IMAGE = "grafana/grafana:11.6.0-ubuntu"

_GRAFANA_ARCHIVE = "https://dl.grafana.com/oss/release/grafana-11.6.0.linux-amd64.tar.gz"


def install_lines(tool: Tool) -> Mapping[str, str]:
    """Return the line for each system: Debian, Fedora, macOS, Docker."""
    if tool.name == "grafana":
        return _GRAFANA
    if tool.name in ("prometheus", "promtool"):
        return _lines("prometheus", "prometheus", PROMETHEUS_IMAGE, tool.name)
    return _lines("prometheus-alertmanager", "alertmanager", ALERTMANAGER_IMAGE, tool.name)


def install_hint(tool: Tool) -> str:
    """Return the lines as a problem's hint."""
    shown = "; ".join(f"{system}: {line}" for system, line in install_lines(tool).items())
    return f"{shown}. `sothat doctor` shows all that is missing"


def _lines(debian: str, program: str, image: str, binary: str) -> Mapping[str, str]:
    return {
        "Debian": f"sudo apt-get install -y {debian}",
        # dnf finds the package by the file in it, whatever the package is called in a release.
        "Fedora": f"sudo dnf install -y /usr/bin/{program}",
        "macOS": f"brew install {program}",
        "Docker": f'docker cp "$(docker create {image}):/bin/{binary}" "$SOTHAT_TOOLS/"',
    }


_GRAFANA: Mapping[str, str] = {
    "Debian": (
        f"mkdir -p ~/grafana && curl -fsSL {_GRAFANA_ARCHIVE}"
        " | tar xz --strip-components=1 -C ~/grafana && export SOTHAT_GRAFANA_HOME=~/grafana"
    ),
    "Fedora": "sudo dnf install -y grafana",
    "macOS": "brew install grafana",
    "Docker": (
        f'docker cp "$(docker create {GRAFANA_IMAGE}):/usr/share/grafana" ~/grafana'
        " && export SOTHAT_GRAFANA_HOME=~/grafana"
    ),
}
