"""Alertmanager's messages for benchmarks, as requests ready to be sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PRIORITY = "P3"


def alert(number: int, group: int, *, firing: bool) -> dict[str, Any]:
    """Return an alert as a compiled rule of this project sends it; labels tell it from others."""
    return {
        "status": "firing" if firing else "resolved",
        "labels": {
            "alertname": "IotDeviceOffline",
            "device": f"sensor-{number}",
            "domain": "iot",
            "environment": "Production",
            "gateway": "gateway-1",
            "instance": f"10.0.0.1:{number}",
            "job": "sothat-exporter",
            "kind": "availability",
            "priority": PRIORITY,
            "product": "thermostat",
            "service": "building",
            "severity": "major",
            "site": f"site-{group}",
            "team": "building-operations",
        },
        "annotations": {
            "summary": "A building device does not answer",
            "description": f"sensor-{number} at site-{group} has not answered for five minutes.",
            "if": "A device has not answered for five minutes",
            "do": "Building operations brings the device back or replaces it",
            "so_that": "Facility managers can trust that every room is measured and controlled",
            "runbook_url": "http://127.0.0.1:9781/runbooks/IotDeviceOffline",
        },
        "startsAt": "2026-01-05T10:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z" if firing else "2026-01-05T11:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=tuya_device_up+%3D%3D+0&g0.tab=1",
        "fingerprint": f"{number:016x}",
    }


def message(group: int, size: int, *, firing: bool) -> bytes:
    """Return the message of one group of alerts."""
    alerts = [alert(group * size + n, group, firing=firing) for n in range(size)]
    labels = {"alertname": "IotDeviceOffline", "site": f"site-{group}"}
    return json.dumps(
        {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="IotDeviceOffline", site="site-{group}"}}',
            "truncatedAlerts": 0,
            "status": "firing" if firing else "resolved",
            "receiver": "incident-service",
            "groupLabels": labels,
            "commonLabels": labels,
            "commonAnnotations": {},
            "externalURL": "http://127.0.0.1:9093",
            "alerts": alerts,
        }
    ).encode()


def write_requests(file: Path, path: str, token: str, bodies: Iterator[bytes]) -> None:
    """Write requests for `benchmarks.incident_load`."""
    with file.open("wb") as stream:
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        for body in bodies:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Alertmanager/0.31\r\n"
                f"{authorization}Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            request = head + body
            stream.write(f"{len(request)}\n".encode() + request)
