"""What a case works with: its alerts, its faults, and what the receiver has to hold in the end."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sothat.stack.conformance.alertmanagers import GROUP_INTERVAL, REPEAT_INTERVAL, Alertmanagers
from sothat.stack.conformance.receiver import Entry, Receiver
from sothat.stack.conformance.relay import Behaviour, Relay, Seen

_PAUSE_SECONDS = 0.1
# Long enough for what comes late, such as a repetition or the other peer's copy.
QUIET_SECONDS = REPEAT_INTERVAL + 2 * GROUP_INTERVAL + 2.0


class Failed(Exception):  # noqa: N818 – it is named for what it reports
    """The receiver does not hold what it should; the text says what it holds instead."""


class Bench:
    """One case's own world: only alerts with its label ``case`` are in it.

    Attributes:
        patience: Seconds until the receiver has to hold what it should.
    """

    def __init__(
        self,
        case: str,
        alertmanagers: Alertmanagers,
        relay: Relay,
        receiver: Receiver,
        patience: float,
    ) -> None:
        self.case = case
        self.alertmanagers = alertmanagers
        self._relay = relay
        self._receiver = receiver
        self.patience = patience
        self._began: dict[str, datetime] = {}

    def behave(self, behaviour: Behaviour) -> None:
        """Treat what Alertmanager sends in some way from now on."""
        self._relay.behave(self.case, behaviour)

    def seen(self) -> list[Seen]:
        """Return what Alertmanager has sent up to now."""
        return self._relay.seen(self.case)

    def fire(self, *instances: str, again: bool = False, **labels: str) -> None:
        """Let alerts fire, or go on firing; ``again``: they begin anew."""
        now = datetime.now(UTC)
        for instance in instances:
            if again or instance not in self._began:
                self._began[instance] = now
        ends = now + timedelta(hours=1)
        self._send([self._alert(i, ends, labels) for i in instances])

    def end(self, *instances: str, **labels: str) -> None:
        """Let alerts end."""
        now = datetime.now(UTC)
        self._send([self._alert(i, now, labels) for i in instances])

    def _send(self, alerts: Sequence[dict[str, Any]]) -> None:
        self.alertmanagers.send(alerts)

    def _alert(self, instance: str, ends: datetime, labels: dict[str, str]) -> dict[str, Any]:
        return {
            "labels": {
                "alertname": "Conformance",
                "case": self.case,
                # Receivers group by something; this is what most installations have.
                "site": self.case,
                "instance": instance,
                "priority": "P3",
                **labels,
            },
            "annotations": {"summary": f"Conformance: {self.case}"},
            "startsAt": self._began[instance].isoformat(),
            "endsAt": ends.isoformat(),
        }

    def wait_firing(self, *instances: str) -> None:
        """Wait until just these fire with the receiver, each in one open entry."""
        self._wait(lambda entries: _firing(entries) == sorted(instances), f"{instances} to fire")

    def wait_over(self) -> None:
        """Wait until nothing fires and nothing is open any more, and at least something was."""
        self._wait(
            lambda entries: bool(entries) and not _open(entries) and not _firing(entries),
            "all to be over",
        )

    def wait_nothing_open(self) -> None:
        """Wait until nothing is open; nothing need have been."""
        self._wait(lambda entries: not _open(entries), "nothing to be open")

    def stays(self, *instances: str, entries: int | None = None) -> None:
        """See that for a while just these fire; ``entries``: how many there have ever been."""
        end = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < end:
            found = self.entries()
            if _firing(found) != sorted(instances):
                raise Failed(f"wanted {list(instances)} to go on firing, found {_told(found)}")
            if entries is not None and len(found) != entries:
                raise Failed(f"wanted {entries} entries, found {_told(found)}")
            time.sleep(_PAUSE_SECONDS)

    def wait_seen(self, requests: int) -> None:
        """Wait until Alertmanager has sent so many requests."""
        end = time.monotonic() + self.patience
        while len(self.seen()) < requests:
            if time.monotonic() > end:
                raise Failed(f"Alertmanager sent {len(self.seen())} requests, not {requests}")
            time.sleep(_PAUSE_SECONDS)

    def entries(self) -> Sequence[Entry]:
        """Return what the receiver holds; that nothing is doubled is looked at each time."""
        found = self._receiver.entries(self.case)
        instances = _firing(found)
        if len(instances) != len(set(instances)):
            raise Failed(f"an alert is in two entries that are open: {_told(found)}")
        return found

    def _wait(self, check: Any, wanted: str) -> None:
        end = time.monotonic() + self.patience
        while not check(found := self.entries()):
            if time.monotonic() > end:
                raise Failed(
                    f"waited {self.patience:g} s for {wanted}, found {_told(found)}; "
                    f"Alertmanager sent {_sent(self.seen())}"
                )
            time.sleep(_PAUSE_SECONDS)


def _open(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.open]


def _firing(entries: Sequence[Entry]) -> list[str]:
    return sorted(instance for entry in _open(entries) for instance in entry.firing)


def _told(entries: Sequence[Entry]) -> str:
    if not entries:
        return "nothing"
    words = (
        f"{entry.id} {'open' if entry.open else 'over'} with {list(entry.firing)} firing"
        for entry in entries
    )
    return "; ".join(words)


def _sent(seen: Sequence[Seen]) -> str:
    if not seen:
        return "nothing"
    answers = ", ".join(f"{s.method} → {s.status or 'no answer'}" for s in seen[-6:])
    return f"{len(seen)} requests, the last of them {answers}"
