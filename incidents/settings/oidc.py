"""``oidc``: the provider that people sign in with, and what its claims grant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.incidents.access.grants import Grant
from sothat.incidents.access.provider import Identity, is_safe
from sothat.incidents.access.scope import scope_of
from sothat.incidents.roles import Role
from sothat.incidents.settings.client_label import DEFAULT as CLIENT_LABEL
from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.incidents.times import seconds
from sothat.model.problem import Problem
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_TEXT = {"type": "string", "minLength": 1}
# Without a limit the key is left out: an empty list would say nothing, and mean everything.
_SOME = {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}
_GRANT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["claim", "value", "role"],
    "properties": {
        "claim": _TEXT,
        "value": _TEXT,
        "role": {"enum": [str(role) for role in Role]},
        "teams": _SOME,
        "sites": _SOME,
        "clients": _SOME,
    },
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["issuer", "client_id", "grants"],
    "properties": {
        "issuer": {"type": "string", "pattern": "^https?://[^/]"},
        "client_id": _TEXT,
        "client_secret": SECRET_SCHEMA,
        "title": {"type": "string", "minLength": 1, "maxLength": 60},
        "scopes": {"type": "array", "items": _TEXT, "contains": {"const": "openid"}},
        "name": _TEXT,
        "ca_file": PATH_SCHEMA,
        "clock_skew": {"type": "string"},
        "timeout": {"type": "string"},
        "session": {"type": "string"},
        "grants": {"type": "array", "items": _GRANT, "minItems": 1},
    },
}
_SKEW_MOST = 600.0


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider, and what it is trusted with.

    Attributes:
        issuer: Its name, a URL.
        secret: None for a public client.
        title: How people call it.
        asked: The scopes of OAuth that are asked for.
        name: The claim that says under which name somebody acts.
        skew: By how many seconds its clock may differ from ours.
        timeout: Seconds for each of its answers.
        ca_file: Certificates that it is trusted by; None: those of the system.
        lasts: Nanoseconds after which people sign in again, so that who has left stays out.
        grants: The first that is somebody's counts.
    """

    issuer: str
    client_id: str
    secret: Secret | None
    title: str
    asked: tuple[str, ...]
    name: str
    skew: int
    timeout: float
    ca_file: str | None
    lasts: int
    grants: tuple[Grant, ...]


def _read(source: Source) -> OidcSettings | None:
    node = source.node("oidc")
    if node is None:
        return None
    label = str(source.node("client_label", CLIENT_LABEL))
    return OidcSettings(
        issuer=node["issuer"],
        client_id=node["client_id"],
        secret=source.secret("oidc", "client_secret") if "client_secret" in node else None,
        title=node.get("title", "single sign-on"),
        asked=tuple(node.get("scopes", ("openid", "profile", "email"))),
        name=node.get("name", "preferred_username"),
        skew=round(source.duration("oidc", "clock_skew", default="60s")),
        timeout=source.duration("oidc", "timeout", default="5s"),
        ca_file=str(source.folder / node["ca_file"]) if "ca_file" in node else None,
        lasts=seconds(source.duration("oidc", "session", default="1d")),
        grants=tuple(_grant(one, label) for one in node["grants"]),
    )


def identity_of(settings: OidcSettings, redirect: str) -> Identity:
    """Return who we are to the provider, which sends browsers back to an address."""
    return Identity(
        *(settings.issuer, settings.client_id, settings.secret, redirect, settings.asked),
        *(settings.skew, settings.timeout, settings.ca_file),
    )


def _grant(node: Mapping[str, Any], label: str) -> Grant:
    return Grant(node["claim"], node["value"], Role(node["role"]), scope_of(node, label))


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    found: OidcSettings | None = read.get("oidc")
    if found is None:
        return
    problem = source.document.problem
    for url, path in (
        (found.issuer, ["oidc", "issuer"]),
        (read.get("external_url"), ["external_url"]),
    ):
        if url and not is_safe(url):
            where = path if path[0] in source.document.data else ["oidc"]
            message = (
                f"{url} is neither https nor on this machine: log-ins could be read on the way"
            )
            yield problem("bad-url", message, where, hint="give the https URL that people use")
    if found.skew > _SKEW_MOST:
        message = "clocks that differ by more than ten minutes are wrong, not skewed"
        yield problem("bad-value", message, ["oidc", "clock_skew"], hint="at most 10m")
    if found.timeout <= 0:
        yield problem("bad-value", "nobody answers in no time", ["oidc", "timeout"])


SECTION = Section("oidc", "oidc", _SCHEMA, _read, check=_check)
