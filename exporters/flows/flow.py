"""One stream of messages: rate, volume, delay, gaps, anomalies, topics that are stale."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sothat.exporters.flows.anomaly import Judge
from sothat.exporters.flows.rules import Rule, Unreadable, content, number_of, time_of, value_of
from sothat.exporters.flows.sequence import Sequence
from sothat.exporters.histogram import Histogram
from sothat.exporters.source import Sample

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_MAX_PAYLOAD = 64 * 1024
# A topic that has been stale for so many times its patience gives its place to a new one.
_FORGOTTEN_AFTER = 10


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came.

    Attributes:
        at: When, in seconds since the epoch.
        retained: Whether the broker had kept it: it is old news.
        again: Whether the sender, or the broker, has sent it before.
    """

    topic: str
    payload: bytes
    at: float
    qos: int = 0
    retained: bool = False
    again: bool = False


@dataclass(slots=True)
class _Topic:
    """What is known of one topic."""

    labels: Mapping[str, str]
    last: float
    retained: bool
    value: float | None = None
    judge: Judge | None = None
    sequence: Sequence = field(default_factory=Sequence)


@dataclass(slots=True)
class _Counts:
    messages: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    retained: int = 0
    repeated: int = 0
    judged: int = 0
    anomalies: int = 0
    early: int = 0
    turned_away: int = 0
    last: float | None = None


class Flow:
    """One stream. Safe for several threads.

    Args:
        rule: How it is read.
        prefix: Of its families.
        max_topics: How many topics are told apart; messages of others are counted all the same.
    """

    def __init__(self, rule: Rule, prefix: str, max_topics: int) -> None:
        self.rule = rule
        self._prefix = prefix
        self._max_topics = max_topics
        self._labels = {"stream": rule.name}
        self._topics: dict[str, _Topic] = {}
        self._counts = _Counts()
        self._gone = Sequence()
        self._delays = Histogram(f"{prefix}_message_delay_seconds", SECONDS, self._labels)
        self._lock = threading.Lock()

    def take(self, message: Message, labels: Mapping[str, str]) -> None:
        """Take a message up; `labels` are those of its topic."""
        with self._lock:
            counts = self._counts
            counts.messages[str(message.qos)] += 1
            counts.bytes += len(message.payload)
            counts.retained += message.retained
            counts.repeated += message.again
            counts.last = max(message.at, counts.last or 0.0)
            self._read(message, self._topic(message, labels))

    def samples(self, now: float) -> Iterator[Sample]:
        """Yield what is true of the stream, then the values of its topics."""
        with self._lock:
            yield from self._counted()
            yield from self._of_topics(now)
            yield from self._values(now)
        if self.rule.time:
            yield from self._delays.samples()

    def _topic(self, message: Message, labels: Mapping[str, str]) -> _Topic | None:
        topic = self._topics.get(message.topic)
        if topic is None:
            if len(self._topics) >= self._max_topics and not self._make_room(message.at):
                self._counts.turned_away += 1
                return None
            floor = self.rule.floor
            judge = None if floor is None else Judge(floor)
            topic = _Topic(labels, message.at, message.retained, judge=judge)
            self._topics[message.topic] = topic
        if not message.retained:
            topic.last = message.at
        topic.retained = message.retained
        return topic

    def _make_room(self, now: float) -> bool:
        """Forget topics that have been silent for very long; return whether there were any."""
        patience = self.rule.stale_after * _FORGOTTEN_AFTER
        gone = [name for name, topic in self._topics.items() if now - topic.last > patience]
        for name in gone:
            self._gone.absorb(self._topics.pop(name).sequence)
        return bool(gone)

    def _read(self, message: Message, topic: _Topic | None) -> None:
        rule = self.rule
        if not (rule.metric or rule.time or rule.sequence or rule.floor is not None):
            return
        with self._counted_if_unreadable():
            if len(message.payload) > _MAX_PAYLOAD:
                raise Unreadable("oversized")
            self._understand(content(message.payload), message, topic)

    def _understand(self, found: Any, message: Message, topic: _Topic | None) -> None:
        """Take each part by itself: a value is as true without a number or a time."""
        rule = self.rule
        if rule.sequence and topic and not message.retained:
            with self._counted_if_unreadable():
                topic.sequence.take(number_of(rule, found))
        if rule.time and not message.retained:
            with self._counted_if_unreadable():
                self._delayed(message.at - time_of(rule, found))
        if (rule.metric or rule.floor is not None) and topic:
            with self._counted_if_unreadable():
                self._valued(topic, value_of(rule, found), message)

    @contextmanager
    def _counted_if_unreadable(self) -> Iterator[None]:
        try:
            yield
        except Unreadable as error:
            self._counts.unreadable[error.reason] += 1

    def _delayed(self, seconds: float) -> None:
        # A clock that is ahead makes messages come before they were sent.
        self._counts.early += seconds < 0
        self._delays.observe(max(0.0, seconds))

    def _valued(self, topic: _Topic, value: float, message: Message) -> None:
        topic.value = value
        if topic.judge is None or message.retained or message.again:
            return
        strays = topic.judge.take(value)
        if strays is not None:
            self._counts.judged += 1
            self._counts.anomalies += strays

    def _counted(self) -> Iterator[Sample]:
        counts, named = self._counts, self._labels
        for qos in ("0", "1", "2"):
            yield self._sample("messages_total", counts.messages[qos], {**named, "qos": qos})
        yield self._sample("received_bytes_total", counts.bytes, named)
        yield self._sample("retained_messages_total", counts.retained, named)
        yield self._sample("repeated_messages_total", counts.repeated, named)
        yield self._sample("turned_away_messages_total", counts.turned_away, named)
        for reason, number in sorted(counts.unreadable.items()):
            labels = {**named, "reason": reason}
            yield self._sample("unreadable_messages_total", number, labels)
        if counts.last is not None:
            yield self._sample("last_message_timestamp_seconds", counts.last, named)
        if self.rule.time:
            yield self._sample("early_messages_total", counts.early, named)
        if self.rule.floor is not None:
            yield self._sample("judged_values_total", counts.judged, named)
            yield self._sample("anomalies_total", counts.anomalies, named)

    def _of_topics(self, now: float) -> Iterator[Sample]:
        named, topics = self._labels, self._topics.values()
        stale = sum(self._is_stale(topic, now) for topic in topics)
        yield self._sample("topics", len(topics), named)
        yield self._sample("stale_topics", stale, named)
        yield self._sample("retained_topics", sum(topic.retained for topic in topics), named)
        if self.rule.sequence:
            senders = [self._gone, *(topic.sequence for topic in topics)]
            yield self._sample("sequence_gaps_total", sum(s.gaps for s in senders), named)
            yield self._sample("missing_messages_total", sum(s.missing for s in senders), named)
            late = sum(s.repeated for s in senders)
            yield self._sample("out_of_turn_messages_total", late, named)
            yield self._sample("sequence_restarts_total", sum(s.restarts for s in senders), named)

    def _values(self, now: float) -> Iterator[Sample]:
        if not self.rule.metric:
            return
        for topic in self._topics.values():
            # A value that nobody has confirmed for long is not known any more.
            if topic.value is not None and not self._is_stale(topic, now):
                yield Sample(self.rule.metric, topic.value, topic.labels)

    def _is_stale(self, topic: _Topic, now: float) -> bool:
        return now - topic.last > self.rule.stale_after

    def _sample(self, name: str, value: float, labels: Mapping[str, str]) -> Sample:
        return Sample(f"{self._prefix}_{name}", value, labels)
