"""The MQTT collector: listens to a broker, counts and judges what comes, and tries delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sothat.exporters.client_tls import TLS_SCHEMA, client_tls
from sothat.exporters.clock import Clock
from sothat.exporters.flows.flow import Flow, Message
from sothat.exporters.flows.rules import Rule
from sothat.exporters.mqtt.canary import Canary
from sothat.exporters.mqtt.contract import PREFIX, contract
from sothat.exporters.mqtt.rules import STREAMS_SCHEMA, open_rules, values_of
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract
from sothat.runtime.secrets import SECRET_SCHEMA

if TYPE_CHECKING:
    from sothat.exporters.mqtt.line import Line

_PORT, _TLS_PORT = 1883, 8883
_QOS = (0, 1, 2)
DEFAULT_MAX_TOPICS = 5_000
DEFAULT_PATIENCE = "10s"
_CANARY_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["topic"],
    "properties": {
        "topic": {"type": "string", "pattern": "^[^+#]+$", "maxLength": 200},
        "patience": {**DURATION_SCHEMA, "default": DEFAULT_PATIENCE},
    },
}


class MqttCollector:
    """Opens one source a broker."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the broker and its streams."""
        most = {"type": "integer", "minimum": 1, "maximum": 100_000, "default": DEFAULT_MAX_TOPICS}
        return {
            "required": ["host", "streams"],
            "properties": {
                "host": {"type": "string", "minLength": 1},
                "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": _PORT},
                "tls": TLS_SCHEMA,
                "user": {"type": "string", "minLength": 1},
                "password": SECRET_SCHEMA,
                "client_id": {"type": "string", "minLength": 1, "maxLength": 23},
                "streams": STREAMS_SCHEMA,
                "canary": _CANARY_SCHEMA,
                "max_topics": most,
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a broker; it connects with the first poll."""
        values, rules = settings.values, open_rules(settings)
        families = [*values_of(values["streams"], rules)]
        known = contract()
        flows = [Flow(rule, PREFIX, values.get("max_topics", DEFAULT_MAX_TOPICS)) for rule in rules]
        canary, topic = _canary(settings, context)
        source = MqttSource(
            replace(known, families=(*known.families, *families)),
            context.name,
            flows,
            canary,
            topic,
            context.clock,
        )
        qos = [written.get("qos", 0) for written in values["streams"]]
        source.line = _line(settings, context, source, _filters(rules, qos, topic))
        return source


class MqttSource:
    """One broker.

    Args:
        known: Its contract, with the families of its values.
        broker: Its name.
        flows: Its streams; a message belongs to the first whose topics it is of.
        canary: Tries delivery; None: it is not tried.
        topic: On which delivery is tried.
    """

    line: "Line"

    def __init__(
        self,
        known: Contract,
        broker: str,
        flows: Sequence[Flow],
        canary: Canary | None,
        topic: str,
        clock: Clock,
    ) -> None:
        self.contract = known
        self._broker = broker
        self._flows = flows
        self._canary = canary
        self._topic = topic
        self._clock = clock

    def take(self, message: Message) -> None:
        """Take a message up; called in the connection's thread."""
        if self._canary and message.topic == self._topic:
            self._canary.back(message.payload.decode("ascii", "replace"))
            return
        for flow in self._flows:
            labels = flow.rule.match(message.topic)
            if labels is not None:
                flow.take(message, labels)
                return

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield what is known of the streams.

        Raises:
            PollFailed: The broker is away; what is known has been yielded.
        """
        self.line.start(deadline.remaining() / 2)
        up = self.line.up
        labels = {"broker": self._broker}
        yield Sample("mqtt_up", up, labels)
        yield Sample("mqtt_connects_total", self.line.connects, labels)
        for reason, number in sorted(self.line.ended.items()):
            yield Sample("mqtt_disconnects_total", number, {**labels, "reason": reason})
        for flow in self._flows:
            yield from flow.samples(self._clock.time())
        if self._canary:
            yield from self._canary.samples()
            self._try_delivery(self._canary)
        if not up:
            raise PollFailed("broker", "the broker is not connected, or refuses a subscription")

    def close(self) -> None:
        """Say goodbye."""
        self.line.close()

    def _try_delivery(self, canary: Canary) -> None:
        for qos in _QOS:
            self.line.publish(self._topic, canary.next(qos), qos)


def _canary(settings: Settings, context: Context) -> tuple[Canary | None, str]:
    written = settings.values.get("canary")
    if not written:
        return None, ""
    patience = parse_duration(written.get("patience", DEFAULT_PATIENCE))
    return Canary(context.name, patience, context.clock.monotonic), written["topic"]


def _filters(rules: Sequence[Rule], qos: Sequence[int], canary: str) -> list[tuple[str, int]]:
    """Return what to subscribe, each once: a broker may send overlapping ones twice."""
    found: dict[str, int] = {}
    for rule, wanted in zip(rules, qos, strict=True):
        found[rule.subscription] = max(wanted, found.get(rule.subscription, 0))
    if canary:
        found[canary] = 2
    return [*found.items()]


def _line(
    settings: Settings, context: Context, source: MqttSource, filters: list[tuple[str, int]]
) -> "Line":
    try:
        from sothat.exporters.mqtt.line import Access, Line  # noqa: PLC0415 – an extra
    except ImportError as error:
        message = f"the client for MQTT is not installed: {error}"
        hint = "pip install 'sothat[mqtt]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
    values, tls = settings.values, client_tls(settings, context)
    access = Access(
        values["host"],
        values.get("port", _TLS_PORT if tls else _PORT),
        values.get("client_id", ""),
        values.get("user", ""),
        settings.secret("password", context) if "password" in values else None,
        tls,
    )
    return Line(access, filters, source.take)


COLLECTOR = MqttCollector()
