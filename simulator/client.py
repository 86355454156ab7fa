"""A client of the control interface, for the command line."""

import math
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import requests
from sothat.model.problem import unusable

_TIMEOUT = 10.0
_HINTS = {"unknown-device": "`sothat building list` names the devices"}


class Client:
    """Talks to a running building.

    Args:
        address: ``HOST:PORT`` of its control interface, or the same as a URL.
    """

    def __init__(self, address: str) -> None:
        self._address = address.removeprefix("http://").rstrip("/")
        self._base = f"http://{self._address}/api/v1"

    def devices(self) -> list[dict[str, Any]]:
        """Return all devices."""
        answer: list[dict[str, Any]] = self._request("GET", "devices")["devices"]
        return answer

    def inflict(self, device: str, fault: str, parameters: Mapping[str, float]) -> dict[str, Any]:
        """Give a device a fault and return the device."""
        return self._request("PUT", f"{_device(device)}/faults/{quote(fault, safe='')}", parameters)

    def heal(self, device: str) -> dict[str, Any]:
        """Take all faults away from a device and return it."""
        return self._request("DELETE", f"{_device(device)}/faults")

    def heal_all(self) -> None:
        """Take all faults away from all devices."""
        self._request("DELETE", "faults")

    def _request(
        self, method: str, path: str, body: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Unusable: There is no building at the address, or it refuses; its reason is given.
        """
        try:
            answer = requests.request(method, f"{self._base}/{path}", json=body, timeout=_TIMEOUT)
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            message = f"no building answers at {self._address}"
            hint = "start one with 'sothat building serve', or name its address with --address"
            raise unusable("no-building", message, hint=hint) from error
        if not answer.ok:
            code, message = content["error"]["code"], content["error"]["message"]
            raise unusable(code, message, hint=_HINTS.get(code, ""))
        found: dict[str, Any] = content
        return found


def parse_parameters(pairs: Iterable[str]) -> dict[str, float]:
    """Return the numbers in ``key=value`` texts.

    Raises:
        Unusable: One is not of that form.
    """
    return dict(_pair(text) for text in pairs)


def _pair(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise unusable("bad-parameter", f"'{text}' is not a parameter such as seconds=5")
    return key, number


def _device(name: str) -> str:
    return f"devices/{quote(name, safe='')}"
