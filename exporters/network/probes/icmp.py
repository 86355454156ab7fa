"""Whether a host answers echo requests: how many of several, how soon, how evenly."""

import itertools
import secrets
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sothat.exporters.histogram import Histogram
from sothat.exporters.network import contract as own
from sothat.exporters.network import families
from sothat.exporters.network.findings import Findings, in_time, report
from sothat.exporters.network.line import IP_SCHEMA, Address, resolve
from sothat.exporters.network.ping import TOKEN_BYTES, PingSocket, request
from sothat.exporters.network.remembered import Remembered
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, Log, PollFailed, Sample, Settings
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract

CONTRACT = Contract("network", (*families.CONNECTION, *families.ICMP, *own.FAILURE, *own.ICMP))


class IcmpProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "properties": {
                "ip": IP_SCHEMA,
                "packets": {"type": "integer", "minimum": 1, "maximum": 100, "default": 5},
                "packet_interval": {**DURATION_SCHEMA, "default": "200ms"},
                "packet_timeout": {**DURATION_SCHEMA, "default": "1s"},
                "payload": {"type": "integer", "minimum": 8, "maximum": 1400, "default": 56},
                "max_loss": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
            }
        }

    def open(self, settings: Settings, context: Context) -> "IcmpProbe":  # noqa: ARG002
        """Return the module's probe."""
        values = settings.values
        train = Train(
            values.get("packets", 5),
            parse_duration(values.get("packet_interval", "200ms")),
            parse_duration(values.get("packet_timeout", "1s")),
            values.get("payload", 56),
        )
        return IcmpProbe(values.get("ip", "any"), train, values.get("max_loss", 1))


@dataclass(frozen=True, slots=True)
class Train:
    """The packets of one probe; seconds and bytes."""

    packets: int
    interval: float
    timeout: float
    payload: int


@dataclass(frozen=True, slots=True)
class History:
    """What is added up over the probes of one target."""

    round_trips: Histogram = field(
        default_factory=lambda: Histogram("probe_icmp_round_trip_seconds", own.ROUND_TRIP_BUCKETS)
    )
    jitter: Histogram = field(
        default_factory=lambda: Histogram("probe_icmp_jitter_seconds", own.ROUND_TRIP_BUCKETS)
    )
    counts: dict[str, int] = field(default_factory=lambda: {"sent": 0, "lost": 0})

    def samples(self) -> Iterator[Sample]:
        """Yield all of it."""
        yield from self.round_trips.samples()
        yield from self.jitter.samples()
        for name, count in self.counts.items():
            yield Sample(f"probe_icmp_packets_{name}_total", count)


class IcmpProbe:
    """One module."""

    contract: Contract = CONTRACT

    def __init__(self, ip: str, train: Train, max_loss: float) -> None:
        self._ip = ip
        self._train = train
        self._max_loss = max_loss
        self._histories = Remembered(History)

    def probe(self, target: str, deadline: Deadline, log: Log) -> Iterator[Sample]:
        """Yield the samples of one target."""
        until = in_time(deadline)
        history = self._histories.of(target)
        try:
            yield from report(lambda found: self._probe(target, until, log, found, history))
        except PollFailed:
            yield from history.samples()
            raise
        yield from history.samples()

    def close(self) -> None:
        """Do nothing: sockets end with their probe."""

    def _probe(
        self, target: str, deadline: Deadline, log: Log, findings: Findings, history: History
    ) -> None:
        clock, name = deadline.clock, "probe_icmp_duration_seconds"
        with findings.timed(name, clock, phase="resolve"):
            address = resolve(target.strip("[]"), 0, self._ip, findings, deadline)[0]
        findings.add("probe_ip_protocol", address.protocol)
        findings.add("probe_ip_addr_hash", address.digest)
        with findings.timed(name, clock, phase="setup"):
            sock = PingSocket(address)
        log("sending", address=address.place[0], packets=self._train.packets, raw=sock.raw)
        try:
            trips = Flights(sock, address, self._train, deadline).trips(findings)
        finally:
            sock.close()
        self._judge(trips, findings, history)

    def _judge(
        self, trips: "Mapping[int, float | None]", findings: Findings, history: History
    ) -> None:
        """Add up what came back of the packets sent, and fail where it is not enough."""
        back = [trip for trip in trips.values() if trip is not None]
        lost = len(trips) - len(back)
        history.counts["sent"] += len(trips)
        history.counts["lost"] += lost
        for trip in back:
            history.round_trips.observe(trip)
        for one, following in itertools.pairwise(trips.values()):
            if one is not None and following is not None:
                history.jitter.observe(abs(following - one))
        if not trips:
            raise TimeoutError("no packet could be sent in time")
        loss = lost / len(trips)
        findings.add("probe_icmp_loss_ratio", loss)
        if back:
            mean = statistics.fmean(back)
            findings.add("probe_icmp_duration_seconds", mean, {"phase": "rtt"})
        if not back or loss > self._max_loss:
            raise PollFailed("loss", f"{lost} of {len(trips)} packets did not come back")


class Flights:
    """One train of packets under way."""

    def __init__(
        self, sock: PingSocket, address: Address, train: Train, deadline: Deadline
    ) -> None:
        self._sock = sock
        self._protocol = address.protocol
        self._train = train
        self._deadline = deadline
        self._clock = deadline.clock
        self._token = secrets.token_bytes(TOKEN_BYTES)
        self._identity = secrets.randbelow(1 << 16)
        self._sent: dict[int, float] = {}
        self._trips: dict[int, float | None] = {}

    def trips(self, findings: Findings) -> Mapping[int, float | None]:
        """Send all packets, wait for their replies; return the round trips, None for the lost."""
        start = self._clock.monotonic()
        for number in range(self._train.packets):
            self._listen(start + number * self._train.interval, findings, number)
            if self._deadline.expired():
                break
            self._send(number)
        if self._sent:
            self._listen(max(self._sent.values()) + self._train.timeout, findings)
        return self._trips

    def _send(self, number: int) -> None:
        packet = request(self._protocol, self._identity, number, self._token, self._train.payload)
        self._sent[number] = self._clock.monotonic()
        self._trips[number] = None
        self._sock.send(packet)

    def _listen(self, until: float, findings: Findings, following: int | None = None) -> None:
        """Take replies until it is time for the following packet, or nothing more is awaited."""
        until = min(until, self._deadline.at)
        while (wait := until - self._clock.monotonic()) > 0:
            if following is None and None not in self._trips.values():
                return
            try:
                reply = self._sock.receive(wait, self._token)
            except TimeoutError:
                return
            now = self._clock.monotonic()
            if reply is None or self._trips.get(reply.number, 0.0) is not None:
                continue
            trip = now - self._sent[reply.number]
            if trip <= self._train.timeout:
                self._trips[reply.number] = trip
            if reply.hops is not None:
                findings.add("probe_icmp_reply_hop_limit", reply.hops)


PROBER = IcmpProber()
