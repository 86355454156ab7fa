"""The command line's side of the JSON API."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

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

    def list(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a page of the API's list; what is empty in the query asks for nothing."""
        asked = {name: value for name, value in query.items() if value}
        return self._ask("GET", "/api/v1/incidents", params=asked)

    def list_all(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return all pages of the API's list as one."""
        data = self.list(query)
        found = [*data["incidents"]]
        while data["next"]:
            data = self.list({**query, "cursor": data["next"]})
            found += data["incidents"]
        return {"incidents": found, "next": ""}

    def show(self, number: int) -> Mapping[str, Any]:
        """Return one incident."""
        return self._ask("GET", f"/api/v1/incidents/{number}")

    def command(self, number: int, action: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell an incident something; return it.

        Where the answer is lost on the way it is asked again, with the key of the first time: the
        service does it once.
        """
        path, headers = f"/api/v1/incidents/{number}/{action}", {"Idempotency-Key": uuid4().hex}
        try:
            return self._send("POST", path, json=body, headers=headers)
        except (requests.ConnectionError, requests.ReadTimeout):
            return self._ask("POST", path, json=body, headers=headers)

    def tokens(self) -> Mapping[str, Any]:
        """Return all tokens."""
        return self._ask("GET", "/api/v1/tokens")

    def add_token(
        self, name: str, role: str, scope: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Any]:
        """Make a token that sees some teams, sites and clients, or all; return it."""
        limits = {name: [*values] for name, values in scope.items() if values}
        return self._ask("POST", "/api/v1/tokens", json={"name": name, "role": role, **limits})

    def revoke_token(self, name: str) -> Mapping[str, Any]:
        """End a token."""
        return self._ask("DELETE", f"/api/v1/tokens/{quote(name, safe='')}")

    def audit(self, limit: int) -> Mapping[str, Any]:
        """Return the latest entries of the audit log."""
        return self._ask("GET", "/api/v1/audit", params={"limit": limit})

    def verify_audit(self, marks: Sequence[str]) -> Mapping[str, Any]:
        """Return whether the audit log is as it was written, and fits marks noted before."""
        return self._ask("GET", "/api/v1/audit/verification", params={"mark": marks})

    def on_call(self, at: str, team: str) -> Mapping[str, Any]:
        """Return who is on call by the running service, its overrides included."""
        given = {"at": at, "team": team}
        params = {name: value for name, value in given.items() if value}
        return self._ask("GET", "/api/v1/on-call", params=params)

    def mail_in(self, mail: Mapping[str, Any]) -> Mapping[str, Any]:
        """Hand a mail in as a report, or as an answer to one; return the report."""
        return self._ask("POST", "/api/v1/reports/mail", json=mail)

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
        try:
            return self._send(method, path, **how)
        except requests.RequestException as error:
            message = f"no answer from the incident service at {self._url}"
            hint = "is it running? start it with: sothat incidents serve, or name it with --url"
            raise unusable("no-answer", message, hint=hint) from error

    def _send(self, method: str, path: str, **how: Any) -> Mapping[str, Any]:
        response = requests.request(
            method,
            self._url + path,
            timeout=_TIMEOUT,
            allow_redirects=False,
            **{**how, "headers": {**self._headers, **how.get("headers", {})}},
        )
        try:
            # An answer without a body says all by its status.
            data = response.json() if response.content else {}
        except requests.exceptions.JSONDecodeError as error:
            message = f"{self._url} is no incident service: it answered {response.status_code}"
            raise unusable("not-the-service", message, hint="check --url") from error
        if not response.ok:
            raise Refusal(str(data.get("detail", response.status_code)))
        found: Mapping[str, Any] = data
        return found
