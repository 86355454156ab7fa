"""A service that has something to say outside, with a mail server and a hook that listen."""

from pathlib import Path
from typing import Any

COMMUNICATION = """\
apiVersion: sothat/v1
kind: Communication
signature: The service team
time_zone: Europe/Berlin
after: 0s
services:
  doors:
    name: Doors
    so_that: you tap your phone and walk through.
    when: [{alertname: [DoorSilent, DoorSlow]}]
    team: building-operations
  lifts: {name: Lifts, so_that: you get up, when: [{alertname: LiftStuck}]}
  tools: {name: Secret tools, so_that: we work, when: [{alertname: Ours}], internal: true}
sites:
  a: {name: North House}
  b: {name: South House, listed: false}
audiences:
  engineers: {kind: internal, channels: [office]}
  north: {kind: customers, sites: [a], channels: [north-mail]}
"""
AUTOMATIC = COMMUNICATION + "  status-page: {kind: customers, automatic: [P1, P2]}\n"


def furnish(data: Path, book: str = COMMUNICATION, more: str = "") -> None:
    """Add to a data folder what people outside are told by; the mails of ``north`` are logged."""
    (data / "communication.yaml").write_text(book)
    config = (data / "incidents.yaml").read_text()
    config = config.replace("channels:\n", "channels:\n  north-mail: {type: log}\n")
    (data / "incidents.yaml").write_text(f"{config}communication: communication.yaml\n{more}")


def body(kind: str, *audiences: str, **more: Any) -> dict[str, Any]:
    """Return a request to announce something."""
    return {"kind": kind, "audiences": list(audiences), "by": "the coordinator", **more}
