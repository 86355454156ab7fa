"""What a receiver holds, as far as the cases want to know."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import requests

_SECONDS = 20.0


class Unreadable(Exception):  # noqa: N818 – it is named for what it reports
    """What the receiver holds cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An incident, ticket or alert of the receiver.

    Attributes:
        open: Whether it is still somebody's business.
        firing: Values of the label ``instance`` of the alerts in it that fire.
    """

    id: str
    open: bool
    firing: tuple[str, ...]


class Receiver(Protocol):
    """How to read what a receiver holds."""

    def entries(self, case: str) -> Sequence[Entry]:
        """Return all entries of alerts whose label ``case`` has a value.

        Raises:
            Unreadable: They cannot be read.
        """


class Sothat:
    """The incident service, through its API."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def entries(self, case: str) -> Sequence[Entry]:
        """Return the incidents of a case, with their alerts."""
        query = urlencode({"label": f"case={case}"})
        found = self._get(f"/api/v1/incidents?{query}")["incidents"]
        return [self._entry(self._get(f"/api/v1/incidents/{i['id']}"), case) for i in found]

    @staticmethod
    def _entry(incident: Any, case: str) -> Entry:
        labels = [a["labels"] for a in incident["alerts"] if a["status"] == "firing"]
        firing = tuple(sorted(found["instance"] for found in labels if found.get("case") == case))
        settled = ("resolved", "verified", "closed")
        return Entry(str(incident["id"]), incident["state"] not in settled, firing)

    def _get(self, path: str) -> Any:
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = requests.get(self._url + path, headers=headers, timeout=_SECONDS)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unreadable(f"{path}: {error}") from error


class Command:
    """Any receiver, through a command that prints its entries.

    The command gets the case's name in the environment as ``CASE`` and prints a JSON list of
    ``{"id": …, "open": true|false, "firing": ["values of the label instance"]}``.
    """

    def __init__(self, command: str) -> None:
        self._command = command

    def entries(self, case: str) -> Sequence[Entry]:
        """Return what the command prints."""
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", self._command],
                env={**os.environ, "CASE": case},
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
            if done.returncode:
                raise Unreadable(f"the command ended with {done.returncode}: {_tail(done.stderr)}")
            return [_entry(item) for item in json.loads(done.stdout)]
        except subprocess.TimeoutExpired as error:
            raise Unreadable(f"the command took more than {_SECONDS:g} s") from error
        except (ValueError, TypeError, KeyError) as error:
            raise Unreadable(f"the command's output is not as agreed: {error}") from error


def _entry(item: Any) -> Entry:
    return Entry(str(item["id"]), bool(item["open"]), tuple(sorted(map(str, item["firing"]))))


def _tail(text: bytes) -> str:
    return text.decode(errors="replace").strip()[-200:]
