"""What systemd, or another service manager, is told of this process, as sd_notify(3) has it."""

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

# A third of what the manager waits for: one beat may be late and another one lost.
_BEATS = 3


class ServiceManager:
    """Who has started this process and wants to hear of it; without one, nobody is told anything.

    Args:
        environment: ``NOTIFY_SOCKET`` says where it listens, ``WATCHDOG_USEC`` how long it waits
            for a sign of life, ``WATCHDOG_PID`` from whom.

    Attributes:
        beat_seconds: How often to tell it that we are alive; 0: it does not ask.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.beat_seconds = _beat(environment) if self._address else 0.0

    def ready(self, status: str) -> None:
        """Tell that the process serves, after its start or a reload; and a sentence for people."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Tell that the configuration is being taken up anew, until `ready`."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}")

    def stopping(self) -> None:
        """Tell that the process is about to end."""
        self._tell("STOPPING=1")

    async def alive(self) -> None:
        """Give a sign of life, from the event loop: one that hangs gives none."""
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the NUL of Linux' abstract names.
        place = f"\0{self._address[1:]}" if self._address[0] == "@" else self._address
        text = "\n".join(line.replace("\n", " ") for line in lines)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.settimeout(0)  # a manager that does not listen holds nothing up
                sock.sendto(text.encode(), place)
        except OSError as error:
            log.warning("the service manager cannot be told", extra={"why": str(error)})


def _beat(environment: Mapping[str, str]) -> float:
    meant = environment.get("WATCHDOG_PID", "")
    if meant and meant != str(os.getpid()):
        return 0.0
    wait = environment.get("WATCHDOG_USEC", "")
    return int(wait) / 1e6 / _BEATS if wait.isdecimal() else 0.0
