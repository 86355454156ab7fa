"""Prometheus as a source of figures: where it is, and questions with a time limit each."""

from collections.abc import Mapping
from typing import Any

import requests
from sothat.exporters.source import Context, Settings
from sothat.runtime.prometheus import Prometheus, Sample, Series
from sothat.runtime.prometheus_access import Access
from sothat.runtime.secrets import SECRET_SCHEMA

_URL = {"type": "string", "minLength": 1}
PROMETHEUS_SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        _URL,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["url"],
            "properties": {
                "url": _URL,
                "user": {"type": "string", "minLength": 1},
                "password": SECRET_SCHEMA,
                "token": SECRET_SCHEMA,
                "tenant": {
                    "type": "string",
                    "pattern": "^[!-~]+$",
                    "description": "plain characters",
                },
            },
        },
    ]
}


class Asking:
    """Asks one Prometheus; each question has its own time.

    Args:
        url: Its address.
        access: What shows who asks.

    Raises:
        Unusable: The address is none.
    """

    def __init__(self, url: str, access: Access) -> None:
        self._url = url
        self._access = access
        self._session = requests.Session()
        self._server(1.0)

    def instant(self, query: str, seconds: float, at: float | None = None) -> tuple[Sample, ...]:
        """Return the samples of an instant query, within so many seconds.

        Raises:
            PrometheusFailed: There are none to be had.
        """
        return self._server(seconds).instant(query, at)

    def range(
        self, query: str, start: float, end: float, step: float, seconds: float
    ) -> tuple[Series, ...]:
        """Return a query's values from start to end, within so many seconds.

        Raises:
            PrometheusFailed: There are none to be had.
        """
        return self._server(seconds).range(query, start, end, step)

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _server(self, seconds: float) -> Prometheus:
        return Prometheus(self._url, self._session, seconds, access=self._access)


def prometheus_of(settings: Settings, context: Context) -> Asking:
    """Return the server that the setting ``prometheus`` names.

    Raises:
        Unusable: Its address is none, or a secret is missing.
    """
    said = settings.values["prometheus"]
    if isinstance(said, str):
        return Asking(said, Access())
    inner = Settings(settings.document, [*settings.path, "prometheus"])
    tenant = said.get("tenant", "")
    return Asking(
        said["url"],
        Access(
            token=inner.secret("token", context) if "token" in said else None,
            user=said.get("user", ""),
            password=inner.secret("password", context) if "password" in said else None,
            headers={"X-Scope-OrgID": tenant} if tenant else {},
        ),
    )
