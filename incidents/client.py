"""The command line's side of the JSON API."""

from collections.abc import Mapping, Sequence
from typing import Any

import requests
from sothat.model.problem import unusable

_TIMEOUT = 10.0


class Refusal(Exception):  # noqa: N818 – it is named for what it is
    """The service has refused a request; the text is its reason."""


class Client:
    """Talks to one incident service."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = (url if "://" in url else f"http://{url}").rstrip("/")
        # As bytes: a text would have to be Latin-1, and a mistaken file may hold anything.
        self._headers = {"Authorization": f"Bearer {token}".encode()} if token else {}

    def list(self, states: Sequence[str], labels: Sequence[str]) -> Mapping[str, Any]:
        """Return the API's list."""
        pairs = [*(("state", s) for s in states), *(("label", text) for text in labels)]
        return self._ask("GET", "/api/v1/incidents", params=pairs)

    def show(self, number: int) -> Mapping[str, Any]:
        """Return one incident."""
        return self._ask("GET", f"/api/v1/incidents/{number}")

    def command(self, number: int, action: str, by: str, note: str) -> Mapping[str, Any]:
        """Acknowledge or resolve an incident; return it."""
        data = {"by": by, "note": note}
        return self._ask("POST", f"/api/v1/incidents/{number}/{action}", json=data)

    def overrides(self) -> Mapping[str, Any]:
        """Return the overrides of the rota."""
        return self._ask("GET", "/api/v1/overrides")

    def add_override(self, rotation: str, person: str, starts: str, ends: str) -> Mapping[str, Any]:
        """Put somebody on call from one RFC 3339 time to another; return all overrides."""
        data = {"rotation": rotation, "person": person, "starts_at": starts, "ends_at": ends}
        return self._ask("POST", "/api/v1/overrides", json=data)

    def import_overrides(self, rotation: str, calendar: str) -> Mapping[str, Any]:
        """Take overrides out of an iCalendar's text; return all overrides."""
        data = {"rotation": rotation, "calendar": calendar}
        return self._ask("POST", "/api/v1/overrides/calendar", json=data)

    def remove_override(self, number: int) -> Mapping[str, Any]:
        """Remove an override."""
        return self._ask("DELETE", f"/api/v1/overrides/{number}")

    def _ask(self, method: str, path: str, **how: Any) -> Mapping[str, Any]:
        url = self._url + path
        try:
            response = requests.request(
                method,
                url,
                headers=self._headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                **how,
            )
            # An answer without a body says all by its status.
            data = response.json() if response.content else {}
        except requests.exceptions.JSONDecodeError as error:
            message = f"{self._url} is no incident service: it answered {response.status_code}"
            raise unusable("not-the-service", message, hint="check --url") from error
        except requests.RequestException as error:
            message = f"no answer from the incident service at {self._url}"
            hint = "is it running? start it with: sothat incidents serve, or name it with --url"
            raise unusable("no-answer", message, hint=hint) from error
        if not response.ok:
            raise Refusal(str(data.get("detail", response.status_code)))
        found: Mapping[str, Any] = data
        return found
