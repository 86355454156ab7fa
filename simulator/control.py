"""The control interface: which devices there are, and faults on command."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sothat.simulator.building import Building
from sothat.simulator.device import Device
from sothat.simulator.faults import FaultName, FaultRefused
from sothat.simulator.letters import LetterPages, Letters
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

_MAX_BODY = 64 * 1024


class _Refused(Exception):  # noqa: N818 – it is named for what happened
    """A request that cannot be done: the status and what to tell the caller."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Control:
    """The interface's requests, each one method."""

    def __init__(self, building: Building) -> None:
        self._building = building

    async def healthy(self, _: Request) -> Response:
        """Answer that the process serves."""
        return PlainTextResponse("healthy\n")

    async def ready(self, _: Request) -> Response:
        """Answer that the devices answer: this interface opens only after they do."""
        return PlainTextResponse("ready\n")

    async def devices(self, _: Request) -> Response:
        """Answer all devices."""
        return JSONResponse({"devices": [self._shown(d) for d in self._building.devices]})

    async def inflict(self, request: Request) -> Response:
        """Give a device a fault; the body may hold the fault's parameters."""
        device, fault = self._device(request), _fault(request)
        await self._building.inflict(device, fault, await _parameters(request))
        return JSONResponse(self._shown(device))

    async def heal(self, request: Request) -> Response:
        """Take one fault away from a device, or all; also when it has none."""
        device = self._device(request)
        faults = [_fault(request)] if "fault" in request.path_params else list(FaultName)
        await self._building.heal(device, faults)
        return JSONResponse(self._shown(device))

    async def heal_all(self, request: Request) -> Response:
        """Take all faults away from all devices."""
        for device in self._building.devices:
            await self._building.heal(device, list(FaultName))
        return await self.devices(request)

    def _device(self, request: Request) -> Device:
        name = request.path_params["name"]
        device = self._building.device(name)
        if device is None:
            raise _Refused(404, "unknown-device", f"there is no device '{name}'")
        return device

    def _shown(self, device: Device) -> dict[str, Any]:
        return {
            "name": device.plan.name,
            "id": device.identity.id,
            "address": self._building.address(device),
            "version": device.plan.version,
            "product": device.plan.product.name,
            "gateway": device.plan.gateway,
            "site": device.plan.site.name,
            "faults": list(device.faults),
        }


def control_application(building: Building, host: str, letters: Letters | None = None) -> Starlette:
    """Return the interface as an ASGI application that answers under one host name only."""
    control = Control(building)
    device = "/api/v1/devices/{name}"
    routes = [
        Route("/-/healthy", control.healthy),
        Route("/-/ready", control.ready),
        Route("/api/v1/devices", control.devices),
        Route(f"{device}/faults/{{fault}}", control.inflict, methods=["PUT"]),
        Route(f"{device}/faults/{{fault}}", control.heal, methods=["DELETE"]),
        Route(f"{device}/faults", control.heal, methods=["DELETE"]),
        Route("/api/v1/faults", control.heal_all, methods=["DELETE"]),
        *(LetterPages(letters).routes() if letters else ()),
    ]
    # A page in a browser must not reach this by a name that it points at loopback.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[host, "localhost"])
    handlers = {
        _Refused: _say_refused,
        FaultRefused: _say_impossible,
        HTTPException: _say_unknown,
    }
    return Starlette(routes=routes, middleware=[hosts], exception_handlers=handlers)  # type: ignore[arg-type]  # it wants handlers of any exception


def _fault(request: Request) -> FaultName:
    name = request.path_params["fault"]
    try:
        return FaultName(name)
    except ValueError:
        known = ", ".join(FaultName)
        message = f"there is no fault '{name}'; there are {known}"
        raise _Refused(404, "unknown-fault", message) from None


async def _parameters(request: Request) -> Mapping[str, Any]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise _Refused(413, "too-large", f"the body is larger than {_MAX_BODY} bytes")
    try:
        parameters = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        parameters = None
    if not isinstance(parameters, dict):
        raise _Refused(400, "not-json", "the body must be a JSON object of parameters")
    return parameters


async def _say_refused(_: Request, error: _Refused) -> Response:
    return _error(error.status, error.code, str(error))


async def _say_impossible(_: Request, error: FaultRefused) -> Response:
    return _error(409, "fault-refused", str(error))


async def _say_unknown(_: Request, error: HTTPException) -> Response:
    code = "not-allowed" if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else "not-found"
    return _error(error.status_code, code, error.detail)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
