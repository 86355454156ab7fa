"""What all ticket systems are opened with."""

from collections.abc import Callable, Mapping
from typing import Any

from requests.auth import AuthBase
from sothat.incidents.tickets.api import TokenAuth, password_auth
from sothat.model.problem import unusable
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT_TIMEOUT = 20.0
URL = {
    "type": "string",
    "pattern": "^https?://[^/@?#]+(/[^?#@]*)?$",
    "description": "an http or https URL without a password",
}
NAME = {"type": "string", "minLength": 1, "maxLength": 200}
TIMEOUT = {"type": "number", "exclusiveMinimum": 0, "maximum": 60}
SECRET = SECRET_SCHEMA


def timeout_of(settings: Mapping[str, Any]) -> float:
    """Return how many seconds an answer may take."""
    return float(settings.get("timeout", _DEFAULT_TIMEOUT))


def queues_of(settings: Mapping[str, Any], own: str) -> tuple[str, ...]:
    """Return all places that tickets may go to."""
    places = [settings[own]] if own in settings else []
    return tuple(dict.fromkeys(map(str, [*places, *settings.get("queues", {}).values()])))


def login(
    settings: Mapping[str, Any], secret: Callable[[str], Secret], after: str = ""
) -> tuple[AuthBase, Secret]:
    """Return who asks: a name with a token or password, or a bearer of a token.

    Args:
        settings: ``username`` is optional.
        secret: Resolves ``token`` or ``password``.
        after: What stands behind the name.

    Raises:
        Unusable: There is neither a token nor a password, or a secret is missing.
    """
    key = next((name for name in ("token", "password") if name in settings), "")
    if not key:
        raise unusable("missing-key", "the key 'token' is missing")
    found = secret(key)
    if "username" in settings:
        return password_auth(settings["username"] + after, found), found
    return TokenAuth("Authorization", "Bearer ", found), found
