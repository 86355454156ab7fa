"""What devices report, as Prometheus has it: whichever exporters saw them, at whatever site."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from sothat.exporters.clock import Deadline
from sothat.exporters.firmware.judging import Key, Seen
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from urllib3.exceptions import HTTPError

_MAX_BODY = 32 * 1024 * 1024
_OK = 200
_SECONDS = 15.0
# What the cloud remembers comes first: what the device itself says takes its place.
_VERSIONS = ("tuya_cloud_device_firmware_info", "tuya_device_firmware_info")


class Untold(Exception):  # noqa: N818 – it is named for what has happened
    """Prometheus has not told; its text says why."""


class PrometheusFacts:
    """Asks one Prometheus.

    Args:
        base: Its address, without a slash at the end.
        headers: Sent with each request.
    """

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.headers.update(headers)

    def seen(self, product: str, deadline: Deadline) -> list[Seen]:
        """Return all devices of a product that have reported a version within a day.

        Raises:
            Untold: Prometheus did not answer as it should.
        """
        chosen = f"{{product={json.dumps(product)}}}"
        versions: dict[Key, str] = {}
        for name in _VERSIONS:
            versions |= self._latest(name, chosen, deadline)
        up = self._values(
            f"max by (site, device) (last_over_time(tuya_device_up{chosen}[10m]))", deadline
        )
        errors = self._values(
            f"sum by (site, device) (increase(tuya_device_errors_total{chosen}[1h]))", deadline
        )
        updates = self._updates(chosen, deadline)
        return [
            Seen(
                *key,
                version,
                bool(up[key]) if key in up else None,
                errors.get(key, 0.0),
                updates.get(key, ""),
            )
            for key, version in sorted(versions.items())
        ]

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _latest(self, name: str, chosen: str, deadline: Deadline) -> dict[Key, str]:
        """Return the version that each device was last seen with."""
        # A subquery alone looks at each fifth minute, and would see what is new too late.
        stamp = f"timestamp({name}{chosen})"
        query = f"max by (site, device, version) ({stamp} or max_over_time({stamp}[1d:5m]))"
        found: dict[Key, tuple[float, str]] = {}
        for labels, value in self._ask(query, deadline):
            key, version = _key(labels), labels.get("version", "")
            found[key] = max(found.get(key, (0.0, "")), (value, version))
        return {key: version for key, (_, version) in found.items()}

    def _values(self, query: str, deadline: Deadline) -> dict[Key, float]:
        return {_key(labels): value for labels, value in self._ask(query, deadline)}

    def _updates(self, chosen: str, deadline: Deadline) -> dict[Key, str]:
        query = f"max by (site, device, status) (tuya_cloud_device_update{chosen})"
        return {_key(labels): labels.get("status", "") for labels, _ in self._ask(query, deadline)}

    def _ask(self, query: str, deadline: Deadline) -> Iterator[tuple[Mapping[str, str], float]]:
        answer = self._answer(query, deadline)
        try:
            for one in answer["data"]["result"]:
                yield one["metric"], float(one["value"][1])
        except (KeyError, TypeError, ValueError, IndexError):
            raise Untold("Prometheus' answer is of no known form") from None

    def _answer(self, query: str, deadline: Deadline) -> Any:
        left = min(_SECONDS, deadline.remaining())
        if left <= 0:
            raise Untold("no time left to ask Prometheus")
        try:
            with self._session.post(
                f"{self._base}/api/v1/query",
                data={"query": query},
                timeout=left,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = read_body(answer, _MAX_BODY, deadline.expired)
                status = answer.status_code
        except TooLarge:
            raise Untold("Prometheus' answer is too large") from None
        except TooLate:
            raise Untold("Prometheus' answer did not end in time") from None
        except (requests.RequestException, HTTPError) as error:
            raise Untold(f"Prometheus does not answer: {type(error).__name__}") from None
        if status != _OK:
            raise Untold(f"Prometheus answers HTTP {status}")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Untold("Prometheus' answer is no JSON") from None


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get("site", ""), labels.get("device", "")
