"""Whether a server runs what its file says, waited for up to a deadline."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sothat.live.change import Change
from sothat.live.planning.routing import routing_changes
from sothat.live.planning.rules import rule_changes
from sothat.live.planning.text_hash import text_hash
from sothat.live.planning.wording import summary_of
from sothat.live.reading.alertmanager import last_reload_failed, loaded_routing
from sothat.live.reading.compiled import groups_of, routing_of
from sothat.live.reading.http import Api
from sothat.live.reading.rules import loaded_groups
from sothat.model.problem import Problem, Unusable
from sothat.runtime.prometheus import Prometheus

_PAUSE = 0.25
# A server that was sent a signal may not have looked at its file yet.
_PATIENCE = 5.0


class Live(Protocol):
    """What can be asked of a server."""

    def missing(self, text: str | None) -> str:
        """Return in words what of a file's text the server does not run; empty: nothing.

        Raises:
            Unusable: It does not tell.
        """

    def refused(self) -> bool:
        """Return whether the server has refused the file that it read last."""


@dataclass(frozen=True, slots=True)
class LiveRules:
    """A Prometheus.

    Attributes:
        file: The path of our rule file, as the server knows it.
    """

    server: Prometheus
    file: str

    def missing(self, text: str | None) -> str:
        """Return in words what of a rule file the server does not run."""
        loaded = loaded_groups(self.server)
        if text is None:
            left = [group.name for group in loaded if group.file == self.file]
            return f"{len(left)} groups of {self.file} still run" if left else ""
        wanted = tuple(groups_of(text, self.file))
        names = {group.name for group in wanted}
        # In a container the server may know the file by another path.
        ours = [group for group in loaded if group.file == self.file]
        ours = ours or [group for group in loaded if group.name in names]
        return _words(tuple(rule_changes(ours, wanted)))

    def refused(self) -> bool:
        """Return whether the last reload failed."""
        info: Any = self.server.ask("status/runtimeinfo")
        return isinstance(info, dict) and info.get("reloadConfigSuccess") is False


@dataclass(frozen=True, slots=True)
class LiveRouting:
    """An Alertmanager."""

    api: Api

    def missing(self, text: str | None) -> str:
        """Return in words what of a configuration the server does not run."""
        if text is None:
            return ""
        loaded = loaded_routing(self.api)
        if loaded.digest is not None:
            return "" if loaded.digest == text_hash(text) else "it runs another text"
        return _words(tuple(routing_changes(loaded, routing_of(text, "wanted"))))

    def refused(self) -> bool:
        """Return whether the last reload failed."""
        return last_reload_failed(self.api)


def _words(changes: tuple[Change, ...]) -> str:
    return summary_of(changes) if changes else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a server may take.

    Attributes:
        seconds: Until it must run what its file says.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def verify(name: str, live: Live, text: str | None, waiting: Waiting, hint: str = "") -> None:
    """Wait until a server runs a file's text.

    Args:
        name: What people call it.
        live: The server.
        text: Of the file; None: there is no file.
        waiting: How long.
        hint: What may be wrong where it runs something else.

    Raises:
        Unusable: It has refused the file, runs something else, or does not tell.
    """
    begin = waiting.clock()
    while True:
        lacking, silent = _look(live, text)
        passed = waiting.clock() - begin
        if not lacking and silent is None:
            return
        if silent is None and passed >= min(_PATIENCE, waiting.seconds) and _refused(live):
            message = f"{name} refuses its new file, and goes on with the old one"
            raise Unusable([Problem("reload-refused", message, hint="its log says why")])
        if passed >= waiting.seconds:
            raise silent or _not_live(name, lacking, waiting.seconds, hint)
        waiting.sleep(_PAUSE)


def _look(live: Live, text: str | None) -> tuple[str, Unusable | None]:
    try:
        return live.missing(text), None
    except Unusable as error:
        return "", error


def _refused(live: Live) -> bool:
    try:
        return live.refused()
    except Unusable:
        return False


def _not_live(name: str, lacking: str, seconds: float, hint: str) -> Unusable:
    message = f"after {seconds:g} s {name} does not run what its file says: {lacking}"
    return Unusable([Problem("not-live", message, hint=hint)])
