"""The state of the servers that run; nothing is changed on them."""

from collections.abc import Callable

import requests
from sothat.live.reading.alertmanager import loaded_routing
from sothat.live.reading.grafana import boards_of, folders_of
from sothat.live.reading.http import Api
from sothat.live.reading.rules import loaded_groups
from sothat.live.reading.target import Server, Target
from sothat.live.state import State
from sothat.runtime.prometheus import Prometheus

Sessions = Callable[[], requests.Session]


def prometheus_at(server: Server, timeout: float = 30.0) -> Prometheus:
    """Return what asks a Prometheus.

    Raises:
        Unusable: The address is none.
    """
    return Prometheus(server.url, timeout=timeout, access=server.access)


def alertmanager_at(server: Server, timeout: float = 30.0) -> Api:
    """Return what asks an Alertmanager.

    Raises:
        Unusable: The address is none.
    """
    return Api("Alertmanager", server.url, server.access, timeout)


def grafana_at(server: Server, timeout: float = 30.0) -> Api:
    """Return what asks a Grafana.

    Raises:
        Unusable: The address is none.
    """
    return Api("Grafana", server.url, server.access, timeout)


def running_state(target: Target, wanted: State, timeout: float = 30.0) -> State:
    """Return what the servers of a deployment run.

    Args:
        target: The servers; those that it does not name stay unknown.
        wanted: What is compared with it: which boards and folders to look for.
        timeout: Seconds that one question may take.

    Raises:
        Unusable: A server does not tell.
    """
    groups = routing = boards = None
    folders = {}
    if target.prometheus:
        groups = loaded_groups(prometheus_at(target.prometheus, timeout))
    if target.alertmanager:
        routing = loaded_routing(alertmanager_at(target.alertmanager, timeout))
    if target.grafana:
        api = grafana_at(target.grafana, timeout)
        boards = boards_of(api, wanted.boards or {})
        folders = folders_of(api, tuple(wanted.folders))
    return State(groups, routing, boards, folders)
