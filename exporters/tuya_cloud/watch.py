"""What is known of a fleet through the cloud; asks it as often as the budget bears."""

import logging
import math
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.tuya_cloud import api
from sothat.exporters.tuya_cloud.api import CloudDevice, Firmware
from sothat.exporters.tuya_cloud.client import Client
from sothat.exporters.tuya_cloud.errors import CloudFailed, Kind
from sothat.exporters.tuya_cloud.schedule import DAY, HOUR, Task, Tasks, list_interval
from sothat.runtime.secrets import Secret

log = logging.getLogger(__name__)

# Seconds between two askings of one device, by what is asked.
EVERY: Mapping[str, float] = {"firmware": DAY, "signal": 6 * HOUR, "logs": DAY}
_KEYS_EVERY = DAY
# A suspect is asked for again after this time, then after twice that, up to a day: a device that is
# dead for good must not use up what the others need.
_SUSPECT_AGAIN = 600.0
_MAX_DOUBLINGS = 10
_WELL_AFTER = 2 * DAY
_MAX_SUSPECTS = 1_000
# An id becomes a part of an address.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SPARE_SECONDS = 1.0
# Failures that say nothing about the next call.
_OF_ONE_DEVICE = (Kind.DEVICE, Kind.PERMISSION, Kind.REQUEST, Kind.OTHER)

Sighted = Callable[[str, float, Mapping[str, object]], None]


@dataclass(slots=True)
class Known:
    """What is known of one device.

    Attributes:
        device: As last listed.
        key: The local key in force.
        signal: In dBm, as it was at a time (epoch).
    """

    device: CloudDevice
    key: Secret | None = None
    firmware: Firmware | None = None
    signal: float | None = None
    signal_at: float = 0.0
    disconnects: int | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """When a suspect was last asked for (epoch), and how often in a row."""

    at: float
    times: int

    @property
    def pause(self) -> float:
        doublings = min(self.times - 1, _MAX_DOUBLINGS)
        return min(DAY, _SUSPECT_AGAIN * 2.0**doublings)

    def is_past(self, now: float) -> bool:
        # A clock that was set back must not put it off for as long.
        return not 0 <= now - self.at < self.pause

    def again(self, now: float) -> "_Asked":
        """Return what it is after one time more; after long enough it begins anew."""
        return _Asked(now, self.times + 1 if now - self.at < _WELL_AFTER else 1)


_NEVER = _Asked(-math.inf, 0)


class CloudWatch:
    """The cloud's view of a fleet. `poll` is for one thread; all else answers at once, from any.

    Args:
        client: Of the cloud.
        clock: Time.
        every: Seconds between two askings of one device, by what is asked.
        least: Seconds between two lists of all devices, at least.
        sighted: Told of each device that is online: id, time, values by code.
        spread: Gives a number from 0 to 1.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        every: Mapping[str, float],
        least: float,
        sighted: Sighted | None = None,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self.client = client
        self.listed_at: float | None = None
        self._clock = clock
        self._least = least
        self._sighted = sighted
        self._tasks = Tasks(dict(every), spread)
        self._known: dict[str, Known] = {}
        self._users: dict[str, float] = {}
        self._suspects: dict[str, float] = {}
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def key(self, device_id: str) -> Secret | None:
        """Return the local key in force, None where the cloud has not told it."""
        found = self._known.get(device_id)
        return found.key if found else None

    def online(self, device_id: str) -> bool | None:
        """Return whether the cloud is connected to a device, None where that is not known."""
        found = self._known.get(device_id)
        return found.device.online if found else None

    def suspect(self, device_id: str) -> None:
        """Have a device looked at with the next poll, when the budget allows."""
        with self._lock:
            if _ID.fullmatch(device_id) and len(self._suspects) < _MAX_SUSPECTS:
                self._suspects.setdefault(device_id, self._clock.time())

    def known(self) -> Mapping[str, Known]:
        """Return what is known, by id."""
        return dict(self._known)

    def poll(self, deadline: Deadline) -> None:
        """Ask what is due, as far as time and budget go.

        Raises:
            CloudFailed: The cloud failed; what was learnt before stays.
        """
        self._ask_suspects(deadline)
        if self._list_is_due():
            self._list(deadline)
        self._ask_keys(deadline)
        self._ask_details(deadline)

    def _ask_suspects(self, deadline: Deadline) -> None:
        for device_id in self._due_suspects():
            if deadline.remaining() < _SPARE_SECONDS:
                return
            self._asked[device_id] = self._asked.get(device_id, _NEVER).again(self._clock.time())
            try:
                found = api.device(self.client, device_id, deadline)
            except CloudFailed as error:
                if error.kind not in _OF_ONE_DEVICE:
                    raise
                # It is another project's, or none: the list must not wait for it.
                self._forget_suspect(device_id)
                continue
            self._forget_suspect(device_id)
            self._take(found)

    def _due_suspects(self) -> list[str]:
        now = self._clock.time()
        with self._lock:
            waiting = sorted(self._suspects, key=self._suspects.__getitem__)
        return [one for one in waiting if self._asked.get(one, _NEVER).is_past(now)]

    def _forget_suspect(self, device_id: str) -> None:
        with self._lock:
            self._suspects.pop(device_id, None)

    def _list_is_due(self) -> bool:
        if self.listed_at is None:
            return True
        now = self._clock.time()
        standing = self.client.budget.standing(now)
        cost = math.ceil(max(1, len(self._known)) / api.LIST_PAGE)
        left = standing.resets_at - now
        interval = list_interval(self._least, cost, standing.left, left)
        # A clock that was set back must not put the next list off for as long.
        return not 0 <= now - self.listed_at < interval

    def _list(self, deadline: Deadline) -> None:
        found = [one for one in api.devices(self.client, deadline) if _ID.fullmatch(one.id)]
        for device in found:
            self._take(device)
        listed = {device.id for device in found}
        # A list that is whole says who is gone.
        self._known = {key: one for key, one in self._known.items() if key in listed}
        now = self.listed_at = self._clock.time()
        self._asked = {key: one for key, one in self._asked.items() if now - one.at < _WELL_AFTER}
        self._tasks.keep(listed, self.listed_at)
        users = {device.user for device in found if device.user}
        self._users = {user: self._users.get(user, -math.inf) for user in users}

    def _take(self, device: CloudDevice) -> None:
        known = self._known.setdefault(device.id, Known(device))
        known.device = device
        known.key = device.key or known.key
        if device.online and self._sighted:
            self._sighted(device.id, self._clock.time(), device.status)

    def _ask_keys(self, deadline: Deadline) -> None:
        """Ask for the keys that the list has not told, a user at a time."""
        if all(one.key for one in self._known.values()):
            return
        for user, asked in self._users.items():
            now = self._clock.time()
            if now - asked < _KEYS_EVERY or deadline.remaining() < _SPARE_SECONDS:
                continue
            self._users[user] = now
            for device_id, key in api.keys(self.client, user, deadline):
                if device_id in self._known:
                    self._known[device_id].key = key

    def _ask_details(self, deadline: Deadline) -> None:
        """Ask of single devices what is due, and leave the next list its calls."""
        kept = math.ceil(max(1, len(self._known)) / api.LIST_PAGE)
        while deadline.remaining() > _SPARE_SECONDS:
            now = self._clock.time()
            if self.client.budget.available(now) <= kept:
                return
            task = self._tasks.due(now)
            if task is None:
                return
            if task.device in self._known:
                self._ask_detail(task, deadline)

    def _ask_detail(self, task: Task, deadline: Deadline) -> None:
        known, now = self._known[task.device], self._clock.time()
        try:
            self._learn(task, known, deadline)
        except CloudFailed as error:
            if error.kind not in _OF_ONE_DEVICE:
                self._tasks.later(task)
                raise
            # It is not told of this device; another may be worth asking.
            log.debug("not told", extra={"device": known.device.name, "asked": task.kind})
        self._tasks.again(task, now)

    def _learn(self, task: Task, known: Known, deadline: Deadline) -> None:
        match task.kind:
            case "firmware":
                known.firmware = api.firmware(self.client, task.device, deadline)
            case "signal":
                kind = "zigbee" if known.device.sub else "wifi"
                known.signal = api.signal(self.client, task.device, kind, deadline)
                known.signal_at = self._clock.time()
            case _:
                now = self._clock.time()
                since = now - DAY
                known.disconnects = api.disconnects(self.client, task.device, since, now, deadline)


def by_online(known: Iterable[Known]) -> Iterator[tuple[str, int]]:
    """Yield how many devices are online, and how many are not."""
    states = [one.device.online for one in known]
    yield "true", states.count(True)
    yield "false", states.count(False)
