"""What a collector is: the whole contract between the runtime and a source of samples."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.sharding import WHOLE, Shard
from sothat.model.metric import Contract
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document
from sothat.runtime.reading import open_regular
from sothat.runtime.secrets import Secret, resolve_secret

__all__ = [
    "Checkable",
    "Collector",
    "Context",
    "Deadline",
    "Log",
    "PollFailed",
    "Probe",
    "Prober",
    "Sample",
    "Settings",
    "Source",
]


_NO_LABELS: Mapping[str, str] = MappingProxyType({})


class Sample(NamedTuple):
    """One value of one series, in the base unit of its family; unknown values have no sample.

    A tuple, because there are many: a frozen data class takes three times as long to make. Samples
    that have the same labels may share one mapping; nobody changes it any more.
    """

    name: str
    value: float
    labels: Mapping[str, str] = _NO_LABELS


class PollFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A poll could not be finished; what it has yielded so far still counts.

    Attributes:
        reason: One word for the label ``reason``; keep the number of different ones small.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Context:
    """What a collector is given beside its settings.

    Attributes:
        name: The collector's name, unique in this process.
        folder: Relative paths in the configuration start here.
        environment: Environment variables, for secrets.
        secrets: Those that settings have resolved, to be blotted out where logs are shown.
        shard: Which of the processes that share targets out this one is.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
    clock: Clock
    secrets: list[Secret] = field(default_factory=list, repr=False)
    shard: Shard = WHOLE


@dataclass(frozen=True, slots=True)
class Settings:
    """One collector's settings, validated, with the place of each for messages."""

    document: Document
    path: Sequence[str | int]

    @property
    def values(self) -> Mapping[str, Any]:
        """Return the settings as written."""
        node = self.document.data
        for part in self.path:
            node = node[part]
        found: Mapping[str, Any] = node
        return found

    def problem(self, code: str, message: str, setting: str, *, hint: str = "") -> Problem:
        """Return a problem with one setting."""
        return self.document.problem(code, message, [*self.path, setting], hint=hint)

    def unusable(self, code: str, message: str, setting: str, *, hint: str = "") -> Unusable:
        """Return the exception for a single problem with one setting."""
        return Unusable([self.problem(code, message, setting, hint=hint)])

    def file(self, setting: str, context: Context) -> Path:
        """Return the path of the file that a setting names.

        Raises:
            Unusable: The file cannot be read.
        """
        named = self.values[setting]
        path = context.folder / Path(named)
        try:
            os.close(open_regular(path))
        except OSError as error:
            message = f"cannot read {named}: {error.strerror}"
            raise self.unusable("unreadable-file", message, setting) from error
        return path

    def secret(self, setting: str, context: Context) -> Secret:
        """Return the secret that a setting names.

        Raises:
            Unusable: It is missing or empty.
        """
        path = [*self.path, setting]
        secret = resolve_secret(self.document, path, context.environment, context.folder)
        context.secrets.append(secret)
        return secret


class Source(Protocol):
    """One configured source of samples; the runtime calls it from one thread at a time."""

    @property
    def contract(self) -> Contract:
        """Return what this source may expose; anything else is kept back as an error."""

    def collect(self, deadline: Deadline) -> Iterable[Sample]:
        """Yield the samples of one poll, and be done by the deadline.

        A target that is down is samples (``…_up 0``), not an exception.

        Raises:
            PollFailed: The poll could not be finished, for a reason that is understood.
        """

    def close(self) -> None:
        """Release connections and threads."""


class Collector(Protocol):
    """A type of source; each module ``exporters/<type>/collector.py`` offers one: ``COLLECTOR``."""

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema (``properties``, ``required``) of its own settings."""

    def open(self, settings: Settings, context: Context) -> Source:
        """Return a source, having checked all that can be checked without a network.

        Raises:
            Unusable: The settings cannot work; the problems carry their positions.
        """


@runtime_checkable
class Checkable(Protocol):
    """A source that can find more problems than its opening does; still without a network."""

    def check(self) -> Iterable[Problem]:
        """Return what is wrong, for ``sothat export --check`` only."""


class Log(Protocol):
    """Takes what a probe does, for who looks at a single one."""

    def __call__(self, message: str, **fields: object) -> None:
        """Note a sentence, and its facts; never a secret."""


class Probe(Protocol):
    """One configured module of probes; called from several threads, once at a time a target."""

    @property
    def contract(self) -> Contract:
        """Return what a probe may expose, ``probe_success`` and its duration left out."""

    def probe(self, target: str, deadline: Deadline, log: Log) -> Iterable[Sample]:
        """Yield the samples of one target, and be done by the deadline.

        To return is success.

        Raises:
            PollFailed: The target is not as it should be; what has been yielded still counts.
        """

    def close(self) -> None:
        """Release what the module holds; probes under way when it is reloaded may fail for it."""


class Prober(Protocol):
    """A type of probe; each module ``exporters/<name>/probe.py`` offers one: ``PROBER``."""

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema (``properties``, ``required``) of a module's own settings."""

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe, having checked all that can be checked without a network.

        Raises:
            Unusable: The settings cannot work; the problems carry their positions.
        """
