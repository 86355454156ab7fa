"""The simulated cloud as a process."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from sothat.runtime.serving import Server, address_of, bind
from sothat.simulator.cloud.application import cloud_application
from sothat.simulator.cloud.project import Project
from sothat.simulator.cloud.things import things_of
from sothat.simulator.process import parse_listen

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CloudPlan:
    """What a cloud is to be like.

    Attributes:
        devices: File in the form of tinytuya's ``devices.json``.
        quota: Calls that are answered; None: no end.
    """

    devices: Path
    access_id: str
    secret: str
    quota: int | None


def serve(plan: CloudPlan, listen: str) -> None:
    """Answer until SIGTERM or SIGINT.

    Raises:
        Unusable: The devices cannot be read, or the address is taken or not on loopback.
    """
    project = Project(plan.access_id, plan.secret, time.time, quota=plan.quota)
    project.know(things_of(plan.devices))
    listener = bind(parse_listen(listen))
    fields = {"address": str(address_of(listener)), "devices": len(project.things)}
    log.info("cloud ready", extra=fields)
    Server(cloud_application(project), listener).run()
