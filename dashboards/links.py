"""Ways from one board to the next and to the runbooks; time and filters go with."""

from dataclasses import dataclass
from typing import Any, Final

from grafanalib import core

EXECUTIVE: Final = "sothat-executive"

OPERATIONAL: Final = "sothat-operational"
FLEET: Final = "sothat-fleet"
MAINTENANCE: Final = "sothat-maintenance"
ON_CALL: Final = "sothat-on-call"
DELIVERY: Final = "sothat-delivery"
SIGNALS: Final = "sothat-golden-signals"
ALERT_QUALITY: Final = "sothat-alert-quality"

TECHNICAL: Final = "sothat-technical"
APPLICATION: Final = "sothat-application"
CAPACITY: Final = "sothat-capacity"
DATA_FLOW: Final = "sothat-data-flow"
DEVICE: Final = "sothat-device"
FIRMWARE: Final = "sothat-firmware"
GATEWAY: Final = "sothat-gateway"
HOSTS: Final = "sothat-hosts"
INCIDENT_TRENDS: Final = "sothat-incident-trends"
KUBERNETES: Final = "sothat-kubernetes"
MONITORING: Final = "sothat-monitoring"
MYSQL: Final = "sothat-mysql"
NETWORK: Final = "sothat-network"
POSTGRESQL: Final = "sothat-postgresql"
POSTURE: Final = "sothat-posture"
SUPPORT: Final = "sothat-support"
TOPOLOGY: Final = "sothat-topology"
TUYA_CLOUD: Final = "sothat-tuya-cloud"

_TIME: Final = "${__url_time_range}"
_EVERYTHING: Final = "${__all_variables}"
_SOURCE: Final = "${datasource:queryparam}"


@dataclass(frozen=True, slots=True)
class Link:
    """A titled address; ``outside`` opens a tab of its own."""

    title: str
    url: str
    outside: bool = False

    def data_link(self) -> dict[str, Any]:
        """Return it as the data link of a panel's field."""
        plain: dict[str, Any] = core.DataLink(
            title=self.title, linkUrl=self.url, isNewTab=self.outside
        ).to_json_data()
        return plain


def drill(uid: str, title: str, **variables: str) -> Link:
    """Return the link to a board that keeps the time range, and all variables or those given.

    Args:
        uid: The board's.
        title: What the reader finds there.
        variables: Variable name to a field of the clicked row or the label of the clicked series,
            as Grafana writes it, such as ``${__data.fields.Site}``.
    """
    chosen = "".join(f"&var-{name}={value}" for name, value in variables.items())
    kept = f"{_SOURCE}{chosen}" if chosen else _EVERYTHING
    return Link(title, f"/d/{uid}?{_TIME}&{kept}")


def to_board(uid: str, title: str, tooltip: str) -> core.DashboardLink:
    """Return the link in a board's head to another board, all variables kept."""
    return core.DashboardLink(
        title=title,
        tooltip=tooltip,
        type="link",
        icon="dashboard",
        uri=f"/d/{uid}",
        keepTime=True,
        includeVars=True,
    )


def to_boards(title: str, *tags: str) -> core.DashboardLink:
    """Return the drop-down list in a board's head of the boards that have all tags."""
    return core.DashboardLink(
        title=title,
        tags=list(tags),
        type="dashboards",
        asDropdown=True,
        keepTime=True,
        includeVars=True,
    )


def to_page(url: str, title: str, tooltip: str) -> core.DashboardLink:
    """Return the link in a board's head to a page elsewhere."""
    return core.DashboardLink(
        title=title, tooltip=tooltip, type="link", icon="doc", uri=url, targetBlank=True,
        keepTime=False,
    )  # fmt: skip
