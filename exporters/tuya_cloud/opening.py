"""The settings of a cloud project, for every collector that asks it."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Settings
from sothat.exporters.tuya_cloud.budget import Budget, Terms
from sothat.exporters.tuya_cloud.client import Client
from sothat.exporters.tuya_cloud.regions import HOSTS
from sothat.exporters.tuya_cloud.signing import Credentials
from sothat.exporters.tuya_cloud.watch import EVERY
from sothat.model.duration import parse_duration
from sothat.runtime.secrets import SECRET_SCHEMA

DEFAULT_LIST_EVERY = "15m"
_COUNT = {"type": "integer", "minimum": 0, "maximum": 100_000_000}
BUDGET_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["calls", "file"],
    "properties": {
        "calls": {**_COUNT, "minimum": 1},
        "file": {"type": "string", "minLength": 1},
        "first_day": {"type": "integer", "minimum": 1, "maximum": 28, "default": 1},
        "burst": {**_COUNT, "default": 100},
        "reserve": {**_COUNT, "default": 100},
    },
}
REQUIRED = ("access_id", "access_secret", "budget")
PROPERTIES: Mapping[str, Any] = {
    "region": {"enum": list(HOSTS)},
    "url": {"type": "string", "pattern": "^https?://[^/]+$"},
    "access_id": SECRET_SCHEMA,
    "access_secret": SECRET_SCHEMA,
    "budget": BUDGET_SCHEMA,
    "list_every": {**DURATION_SCHEMA, "default": DEFAULT_LIST_EVERY},
    "details": {
        "type": "array",
        "items": {"enum": list(EVERY)},
        "uniqueItems": True,
        "default": list(EVERY),
    },
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How often what is asked.

    Attributes:
        every: Seconds between two askings of one device, by what is asked.
        least: Seconds between two lists of all devices, at least.
    """

    every: Mapping[str, float]
    least: float


def open_client(settings: Settings, context: Context) -> Client:
    """Return the client of a project; it has asked nothing yet.

    Raises:
        Unusable: The settings cannot work.
    """
    credentials = Credentials(
        settings.secret("access_id", context), settings.secret("access_secret", context)
    )
    return Client(_base(settings), credentials, open_budget(settings, context), context.clock)


def wishes(settings: Settings) -> Wishes:
    """Return how often what is to be asked."""
    values = settings.values
    details = values.get("details", list(EVERY))
    least = parse_duration(values.get("list_every", DEFAULT_LIST_EVERY))
    return Wishes({kind: EVERY[kind] for kind in details}, least)


def open_budget(settings: Settings, context: Context) -> Budget:
    """Return the budget; its folder must be there.

    Raises:
        Unusable: It is not, or what is written down there is not a budget.
    """
    written = settings.values["budget"]
    path = context.folder / Path(written["file"])
    terms = Terms(
        written["calls"],
        written.get("first_day", 1),
        written.get("burst", 100),
        written.get("reserve", 100),
    )
    budget = Budget(path, terms)
    if not path.parent.is_dir():
        message = f"the folder of the budget's file {written['file']} is not there"
        raise settings.unusable("unusable-budget", message, "budget")
    if not budget.standing(context.clock.time()).sound:
        message = f"{written['file']} is not a budget's file, or cannot be read"
        hint = "remove it: the month's share until now is then taken for spent"
        raise settings.unusable("unusable-budget", message, "budget", hint=hint)
    if terms.reserve >= terms.calls:
        message = "the reserve leaves no calls for anything else"
        raise settings.unusable("out-of-range", message, "budget")
    return budget


def _base(settings: Settings) -> str:
    values = settings.values
    if ("url" in values) == ("region" in values):
        message = "exactly one of 'region' and 'url' says which cloud it is"
        setting = "url" if "url" in values else "type"
        raise settings.unusable("missing-key", message, setting)
    if "region" in values:
        return f"https://{HOSTS[values['region']]}"
    url: str = values["url"]
    if not url.startswith("https://") and not is_loopback(url):
        message = "signed calls go over https, but on loopback"
        raise settings.unusable("bad-url", message, "url")
    return url


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
