"""A drill: a test alert goes in by the webhook, an incident comes out of the API and is ended."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sothat.incidents.client import Client, Refusal
from sothat.model.problem import unusable

ALERT = "SothatDrill"
_LABEL = "drill"
_PAUSE = 0.5
_TIMEOUT = 10.0
# Alertmanager's word for an alert that has not ended.
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Line:
    """Where alerts go in, and how one drill is told from another.

    Attributes:
        url: Of the service.
        token: Of the webhook.
        name: The drill's own, a label of its alert.
        started: When it began.
    """

    url: str
    token: str
    name: str
    started: datetime

    def send(self, *, firing: bool) -> None:
        """Send the alert as Alertmanager does.

        Raises:
            Unusable: The service did not answer, or did not take it.
        """
        url = f"{self.url.rstrip('/')}/api/v1/webhooks/alertmanager"
        headers = {"Authorization": f"Bearer {self.token}".encode()}
        try:
            answer = requests.post(
                url,
                json=self._message(firing=firing),
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            message = f"no answer from the incident service at {self.url}"
            raise unusable("no-answer", message, hint="is it running? see --url") from error
        if answer.status_code != requests.codes.ok:
            message = f"the webhook did not take the alert: it answered {answer.status_code}"
            raise unusable("not-the-service", message, hint="check --url and --webhook-token-file")

    def _message(self, *, firing: bool) -> Mapping[str, Any]:
        status = "firing" if firing else "resolved"
        ended = (self.started + timedelta(seconds=1)).isoformat()
        labels = {"alertname": ALERT, _LABEL: self.name, "priority": "P4"}
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {
                "summary": "A drill: nothing is wrong",
                "so_that": "Whoever relies on alerts knows that they arrive",
            },
            "startsAt": self.started.isoformat(),
            "endsAt": _NEVER if firing else ended,
            "generatorURL": "",
            "fingerprint": self.name,
        }
        return {
            "version": "4",
            "groupKey": f"{{}}:{{{_LABEL}={self.name!r}}}",
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "incident-service",
            "groupLabels": labels,
            "commonLabels": labels,
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [alert],
        }


def new_line(url: str, token: str, name: str) -> Line:
    """Return the line of a drill that begins now."""
    return Line(url, token, name, datetime.now(UTC))


def drill(line: Line, client: Client, seconds: float) -> tuple[int, float]:
    """Send a test alert, wait for its incident, and end it.

    Returns:
        The incident's number, and the seconds until it was there.

    Raises:
        Unusable: The service did not answer, or no incident came.
        Refusal: The API refused a request.
    """
    began = time.monotonic()
    line.send(firing=True)
    number = _await(lambda: _find(line, client), began + seconds)
    took = time.monotonic() - began
    line.send(firing=False)
    # Without a hold-down it has ended by itself already.
    with suppress(Refusal):
        client.command(number, "resolve", {"by": "drill", "note": "The drill is over."})
    if client.show(number)["state"] not in ("resolved", "closed"):
        raise unusable("no-answer", f"incident {number} of the drill could not be ended")
    return number, took


def _find(line: Line, client: Client) -> int:
    found = client.list({"label": [f"{_LABEL}={line.name}"]})["incidents"]
    return int(found[0]["id"]) if found else 0


def _await(look: Callable[[], int], until: float) -> int:
    while not (found := look()):
        if time.monotonic() > until:
            message = "the alert was taken, but no incident of it came in time"
            raise unusable("no-answer", message, hint="the service's log says more")
        time.sleep(_PAUSE)
    return found
