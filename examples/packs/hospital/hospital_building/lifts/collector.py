"""The collector ``hospital-building-lifts``: asks a lift controller over TCP.

To a line ``LIFTS`` it answers with one of JSON:
``{"lifts": [{"name": "bed-1", "use": "bed", "runs": true, "holds": false}, …]}``.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.metric import Contract

from hospital_building.lifts.contract import HOLDS, RUNS, UP, contract

_PORT = 9400
_MOST_BYTES = 1_000_000
_PIECE_BYTES = 65_536
_USES = ("bed", "visitor")

Lift = tuple[Mapping[str, str], bool, bool]


class LiftsCollector:
    """Opens one source a controller."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the settings."""
        port = {"type": "integer", "minimum": 1, "maximum": 65535, "default": _PORT}
        host = {"type": "string", "minLength": 1}
        return {"required": ["host"], "properties": {"host": host, "port": port}}

    def open(self, settings: Settings, _context: Context) -> Source:
        """Return the source of a controller; it is asked with the first poll."""
        values = settings.values
        return Lifts(values["host"], values.get("port", _PORT))


class Lifts:
    """The lifts of one controller."""

    contract: Contract = contract()

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the figures; of a controller that does not answer only that it does not."""
        try:
            lifts = _lifts(self._asked(deadline))
        except OSError:
            yield Sample(UP.name, 0)
            return
        except ValueError as error:
            yield Sample(UP.name, 0)
            raise PollFailed("protocol", "the controller's answer is none that we know") from error
        yield Sample(UP.name, 1)
        for labels, runs, holds in lifts:
            yield Sample(RUNS.name, runs, labels)
            yield Sample(HOLDS.name, holds, labels)

    def _asked(self, deadline: Deadline) -> bytes:
        """Return the controller's answer, which has to end in time and within bounds.

        Raises:
            OSError: The controller does not answer in time.
        """
        answer = b""
        with socket.create_connection(self._address, _left(deadline)) as line:
            line.sendall(b"LIFTS\n")
            while not answer.endswith(b"\n"):
                # A timeout for each piece would let a controller that drips go on for ever.
                line.settimeout(_left(deadline))
                piece = line.recv(_PIECE_BYTES)
                answer += piece
                if not piece or len(answer) > _MOST_BYTES:
                    break
        return answer

    def close(self) -> None:
        """There is nothing to close: each poll hangs up."""


def _left(deadline: Deadline) -> float:
    """Return the seconds that are left.

    Raises:
        TimeoutError: None are.
    """
    if deadline.expired():
        raise TimeoutError("the time is up")
    return deadline.remaining()


def _lifts(answer: bytes) -> list[Lift]:
    """Return labels and states of the lifts, each once.

    Raises:
        ValueError: The answer is none of a controller's.
    """
    found: dict[str, Lift] = {}
    try:
        for lift in json.loads(answer)["lifts"]:
            name, use, runs, holds = (lift[key] for key in ("name", "use", "runs", "holds"))
            if not isinstance(name, str) or use not in _USES:
                raise ValueError("a lift without a name or a use")
            found[name] = ({"lift": name, "use": use}, runs is True, holds is True)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not the answer of a lift controller") from error
    return list(found.values())


COLLECTOR = LiftsCollector()
