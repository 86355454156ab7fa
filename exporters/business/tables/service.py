"""Where a service is and how to show it who asks, from the settings."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from sothat.exporters.business.tables.api import Api
from sothat.exporters.source import Context, Settings
from sothat.runtime.secrets import SECRET_SCHEMA

API_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    "properties": {
        "url": {
            "type": "string",
            "pattern": "^https?://[^/@ ]+[^@ ]*$",
            "description": "an address that begins with https:// and shows no password",
        },
        "user": {"type": "string", "minLength": 1},
        "password": SECRET_SCHEMA,
        "key": SECRET_SCHEMA,
        "token": SECRET_SCHEMA,
        "header": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]*$"},
    },
}
_HOME = frozenset({"localhost", "127.0.0.1", "::1"})


class _Header(AuthBase):
    """A header that says who asks."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._name] = self._value
        return request


def api_of(settings: Settings, context: Context) -> Api:
    """Return the service that the setting ``api`` names.

    Raises:
        Unusable: A secret is missing, several ways to show who asks are given, or they would go
            over the line in clear.
    """
    inner = Settings(settings.document, [*settings.path, "api"])
    _require_fitting(inner)
    session = requests.Session()
    session.auth = _shows(inner, context)
    session.headers["Accept"] = "application/json"
    return Api(inner.values["url"], session)


def _require_fitting(settings: Settings) -> None:
    said = settings.values
    ways = [name for name in ("password", "key", "token") if name in said]
    if len(ways) > 1:
        message = f"{' and '.join(ways)} are two ways to show who asks"
        raise settings.unusable("bad-value", message, ways[1], hint="keep one of them")
    if ("password" in said) != ("user" in said):
        wanted = "user" if "password" in said else "password"
        present = "password" if "password" in said else "user"
        raise settings.unusable("missing-key", f"the key '{wanted}' is missing", present)
    address = urlsplit(said["url"])
    if ways and address.scheme != "https" and (address.hostname or "") not in _HOME:
        message = "credentials would go over the line in clear"
        raise settings.unusable("bad-url", message, "url", hint="write https://")


def _shows(settings: Settings, context: Context) -> AuthBase | None:
    said = settings.values
    if "password" in said:
        return HTTPBasicAuth(said["user"], settings.secret("password", context).reveal())
    if "key" in said:  # as Freshdesk has it: the key is the user, and the password means nothing
        return HTTPBasicAuth(settings.secret("key", context).reveal(), "X")
    if "token" in said:
        token = settings.secret("token", context).reveal()
        name = said.get("header", "Authorization")
        return _Header(name, token if "header" in said else f"Bearer {token}")
    return None
