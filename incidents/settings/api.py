"""``api``: what callers of API and pages have to show."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from sothat.incidents.settings.section import Section, Source
from sothat.model.problem import Problem
from sothat.runtime.secrets import SECRET_SCHEMA, Secret
from sothat.runtime.serving import Address

# A token, or in so many words none: where something else sees to it that only some reach the port.
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {"token": SECRET_SCHEMA, "anonymous": {"const": True}},
}


def _read(source: Source) -> Secret | None:
    return source.secret("api", "token") if "token" in source.node("api", {}) else None


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    listen = read.get("listen")
    asks = {"api", "oidc"} & set(source.document.data)
    if listen and not asks and not is_loopback(listen):
        message = f"{listen} is not a loopback address, and the API has no token"
        hint = (
            "add 'api: {token: {file: …}}', or listen on 127.0.0.1; a container whose port is "
            "published on loopback only may say 'api: {anonymous: true}'"
        )
        where = ["listen"] if "listen" in source.document.data else []
        yield source.document.problem("open-api", message, where, hint=hint)


def is_loopback(address: Address) -> bool:
    """Return whether only this machine can reach an address."""
    if address.host == "localhost":
        return True
    try:
        return ip_address(address.host).is_loopback
    except ValueError:
        return False


SECTION = Section("api_token", "api", _SCHEMA, _read, check=_check)
