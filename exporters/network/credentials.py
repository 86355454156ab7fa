"""What a module shows to prove who it is; never to strangers."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.source import Context, Settings
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

AUTH_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "How to log in.",
    "oneOf": [{"required": ["username", "password"]}, {"required": ["bearer"]}],
    "properties": {
        "username": {"type": "string", "minLength": 1},
        "password": SECRET_SCHEMA,
        "bearer": SECRET_SCHEMA,
    },
}
SECRETS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_-]*$"},
    "additionalProperties": SECRET_SCHEMA,
}


def named_secrets(settings: Settings, setting: str, context: Context) -> Mapping[str, Secret]:
    """Return the secrets that a setting names.

    Raises:
        Unusable: One is missing.
    """
    own = Settings(settings.document, [*settings.path, setting])
    return {name: own.secret(name, context) for name in settings.values.get(setting, {})}


def private_headers(settings: Settings, context: Context) -> Mapping[str, Secret]:
    """Return the headers of ``auth`` and ``secret_headers``.

    Raises:
        Unusable: A secret is missing.
    """
    headers = named_secrets(settings, "secret_headers", context)
    return {**headers, **dict(_authorization(settings, context))}


def _authorization(settings: Settings, context: Context) -> Iterator[tuple[str, Secret]]:
    values = settings.values.get("auth", {})
    own = Settings(settings.document, [*settings.path, "auth"])
    if "bearer" in values:
        token = own.secret("bearer", context).reveal()
        yield "Authorization", Secret(f"Bearer {token}")
    elif values:
        password = own.secret("password", context).reveal()
        pair = f"{values['username']}:{password}".encode()
        encoded = base64.b64encode(pair).decode()
        context.secrets.append(Secret(encoded))
        yield "Authorization", Secret(f"Basic {encoded}")


def insist_on_targets(settings: Settings, presents: str) -> None:
    """Do nothing for a module that says whom it may be used for.

    Raises:
        Unusable: It presents credentials, and does not.
    """
    if presents and "targets" not in settings.values:
        message = f"'{presents}' needs 'targets'"
        hint = "else whoever may reach /probe could have it shown to a server of his own"
        raise settings.unusable("unrestricted-targets", message, presents, hint=hint)
