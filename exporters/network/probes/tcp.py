"""Whether a TCP port takes connections, says what it should, and how long that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sothat.exporters.network import contract as own
from sothat.exporters.network import families
from sothat.exporters.network.base import NetworkProbe
from sothat.exporters.network.dialogue import (
    DIALOGUE_SCHEMA,
    Conversation,
    Turn,
    open_dialogue,
)
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.line import (
    IP_SCHEMA,
    Address,
    Line,
    connect,
    parse_target,
    resolve,
)
from sothat.exporters.network.tls import TLS_SCHEMA, Policy, open_policy, secure
from sothat.exporters.source import Context, Deadline, Log, Settings
from sothat.model.metric import Contract

CONTRACT = Contract(
    "network",
    (
        *families.CONNECTION,
        *families.CONTENT,
        *families.TLS,
        *own.FAILURE,
        *own.TCP,
        *own.TLS,
    ),
)
_PHASES = "probe_tcp_duration_seconds"


class TcpProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "properties": {
                "ip": IP_SCHEMA,
                "secure": {"type": "boolean", "default": False},
                "dialogue": DIALOGUE_SCHEMA,
                "tls": TLS_SCHEMA,
            }
        }

    def open(self, settings: Settings, context: Context) -> "TcpProbe":
        """Return the module's probe."""
        values = settings.values
        turns = open_dialogue(settings)
        wants_tls = values.get("secure", False) or any(turn.starttls for turn in turns)
        policy = open_policy(settings, context) if wants_tls else None
        return TcpProbe(values.get("ip", "any"), values.get("secure", False), policy, turns)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where one probe connects to."""

    host: str
    addresses: Sequence[Address]
    deadline: Deadline
    findings: Findings
    log: Log

    def connected(self) -> Line:
        """Return a connection to it."""
        return connect(self.addresses, self.deadline, self.findings)


class TcpProbe(NetworkProbe):
    """One module.

    Args:
        ip: any, 4 or 6.
        secure: Whether TLS begins at once.
        policy: How to use TLS, where it is used.
        turns: The dialogue.
    """

    contract: Contract = CONTRACT

    def __init__(
        self,
        ip: str,
        secure: bool,  # noqa: FBT001 – as in the settings
        policy: Policy | None,
        turns: Sequence[Turn],
        default_port: int = 0,
    ) -> None:
        self._ip = ip
        self._secure = secure
        self._policy = policy
        self._turns = turns
        self._default_port = default_port

    def _probe(self, target: str, deadline: Deadline, log: Log, findings: Findings) -> None:
        host, port = parse_target(target, self._default_port)
        with findings.timed(_PHASES, deadline.clock, phase="resolve"):
            addresses = resolve(host, port, self._ip, findings, deadline)
        log("connecting", addresses=[address.place[0] for address in addresses])
        goal = Goal(host, addresses, deadline, findings, log)
        with findings.timed(_PHASES, deadline.clock, phase="connect"):
            line = goal.connected()
        try:
            self._talk(line, goal)
        finally:
            line.close()

    def _talk(self, line: Line, goal: Goal) -> None:
        if self._secure:
            self._begin_tls(line, goal, goal.connected)
        if self._turns:
            talk = Conversation(line, goal.findings, goal.log)
            talk.hold(self._turns, lambda number: self._upgrade(line, goal, number))

    def _upgrade(self, line: Line, goal: Goal, number: int) -> None:
        self._begin_tls(line, goal, lambda: self._led_to(goal, number))

    def _begin_tls(self, line: Line, goal: Goal, again: Callable[[], Line]) -> None:
        assert self._policy  # noqa: S101 – opened wherever TLS is used
        with goal.findings.timed(_PHASES, goal.deadline.clock, phase="tls"):
            secure(self._policy, line, goal.host, again, goal.findings)
        goal.log("TLS has begun")

    def _led_to(self, goal: Goal, number: int) -> Line:
        """Return another connection, where TLS begins in the turn of this number."""
        line = goal.connected()
        turns = [replace(turn, starttls=False) for turn in self._turns[: number + 1]]
        try:
            Conversation(line, goal.findings, goal.log).hold(turns, _nothing)
        except BaseException:
            line.close()
            raise
        return line


def _nothing(_number: int) -> None:
    """Begin nothing: that is for the caller."""


PROBER = TcpProber()
