"""The web face: what scrapes, probes, checks on and looks at the exporter."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sothat.exporters.exporter import Exporter, State
from sothat.exporters.exposition import encode
from sothat.exporters.flight import Flight
from sothat.exporters.health import ready
from sothat.exporters.negotiation import Form, accepts_gzip, choose_form
from sothat.exporters.pages import landing_page, probe_report
from sothat.exporters.piecewise import PiecewiseResponse
from sothat.exporters.probing import BusyError, Module, Probed, by_name
from sothat.exporters.sections import Part, joined
from sothat.model.problem import render
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

T = TypeVar("T")

# Screening, rendering and compressing; none of them waits for a target.
_THREADS = 4
# Kubernetes gives a readiness probe one second unless told otherwise.
_READY_SECONDS = 0.8
_TIMEOUT = "x-prometheus-scrape-timeout-seconds"


class RefusedError(Exception):
    """A request that cannot be answered; the message says why."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Face:
    """The handlers of one exporter; the event loop only waits and moves bytes."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="web")

    async def metrics(self, request: Request) -> Response:
        """Answer a scrape of all collectors."""
        state = self._exporter.state
        seconds = scrape_seconds(request.headers.get(_TIMEOUT), state.opened.settings.offset)
        await _landed(await self._in_thread(partial(state.fleet.ask, seconds)), seconds)
        form, gzip = _wanted(request)
        body = await self._in_thread(
            partial(self._exporter.exposition, state, form, gzip=gzip),
        )
        return _exposed(body, form, gzip=gzip)

    async def probe(self, request: Request) -> Response:
        """Probe one target."""
        _, _, result = await self._probed(request)
        form, gzip = _wanted(request)

        def body() -> Sequence[bytes]:
            part = Part(encode(result.groups, form, unique=False) + form.end)
            return joined([part], gzip=gzip)

        return _exposed(await self._in_thread(body), form, gzip=gzip)

    async def debug_probe(self, request: Request) -> Response:
        """Probe one target, and tell what was done."""
        module, target, result = await self._probed(request)
        return PlainTextResponse(probe_report(module, target, result))

    async def healthy(self, _request: Request) -> Response:
        """Answer that the process serves."""
        return PlainTextResponse("healthy\n")

    async def readiness(self, _request: Request) -> Response:
        """Answer whether there are data to scrape.

        Collectors that only a scrape would ask are asked where that decides: else nobody who waits
        for readiness before the first scrape would ever see it.
        """
        fleet = self._exporter.state.fleet
        reason = ready(await self._in_thread(fleet.views))
        if reason:
            flights = await self._in_thread(partial(fleet.ask, _READY_SECONDS))
            await _landed(flights, _READY_SECONDS)
            reason = ready(await self._in_thread(fleet.views))
        if reason:
            return PlainTextResponse(f"not ready: {reason}\n", 503)
        return PlainTextResponse("ready\n")

    async def reload(self, _request: Request) -> Response:
        """Take up the configuration anew."""
        problems = await asyncio.wrap_future(self._exporter.reloaded())
        if problems:
            text = "".join(f"{render(problem)}\n" for problem in problems)
            return PlainTextResponse(f"the old configuration stays:\n{text}", 500)
        return PlainTextResponse("reloaded\n")

    async def landing(self, _request: Request) -> Response:
        """Show each collector and module."""
        state = self._exporter.state
        views = await self._in_thread(state.fleet.views)
        return HTMLResponse(landing_page(views, state.opened.modules))

    async def _probed(self, request: Request) -> tuple[Module, str, Probed]:
        state = self._exporter.state
        module, target = _module_and_target(request, state)
        settings = state.opened.settings
        seconds = scrape_seconds(request.headers.get(_TIMEOUT), settings.offset)
        probes = self._exporter.probes
        try:
            probing = probes.begin(module, target, seconds, settings.limits)
        except BusyError as error:
            raise RefusedError(503, f"try again later: {error}") from error
        if probing:
            await _landed([probing.flight], seconds)
        return module, target, await self._in_thread(partial(probes.end, module, probing))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def application(exporter: Exporter) -> Starlette:
    """Return the ASGI application that serves an exporter."""
    face = Face(exporter)
    routes = [
        Route("/metrics", face.metrics),
        Route("/probe", face.probe),
        Route("/debug/probe", face.debug_probe),
        Route("/-/healthy", face.healthy),
        Route("/-/ready", face.readiness),
        Route("/-/reload", face.reload, methods=["POST", "PUT"]),
        Route("/", face.landing),
    ]
    return Starlette(routes=routes, exception_handlers={RefusedError: _refusal})


def scrape_seconds(header: str | None, offset: float) -> float:
    """Return how long a scrape may take by its header, less what the answer itself needs.

    At least half of the time stays. Without a usable header there is no such limit.
    """
    try:
        seconds = float(header or "")
    except ValueError:
        return float("inf")
    return max(seconds - offset, seconds / 2) if seconds > 0 else float("inf")


async def _landed(flights: Iterable[Flight], seconds: float) -> None:
    """Wait until all flights have landed, or the time of the scrape or of the flights is up.

    Raises:
        RefusedError: The server stops, and waits no longer.
    """
    waiting = list(flights)
    if waiting:
        longest = max(flight.remaining() for flight in waiting)
        futures = [asyncio.wrap_future(flight.landed) for flight in waiting]
        try:
            await asyncio.wait(futures, timeout=min(seconds, longest))
        except asyncio.CancelledError as error:
            # Only the server cancels, when its grace is over. Unanswered, each request would be an
            # error in the log.
            raise RefusedError(503, "the exporter is stopping") from error


def _module_and_target(request: Request, state: State) -> tuple[Module, str]:
    name, target = (request.query_params.get(key, "") for key in ("module", "target"))
    modules = by_name(state.opened.modules)
    if name not in modules:
        known = ", ".join(modules) or "none configured"
        what = f"unknown module {name!r}" if name else "the parameter 'module' is missing"
        raise RefusedError(400, f"{what}; modules: {known}")
    if not target:
        raise RefusedError(400, "the parameter 'target' is missing")
    if not modules[name].allows(target):
        raise RefusedError(403, f"the module {name} may not probe this target; see its 'targets'")
    return modules[name], target


def _wanted(request: Request) -> tuple[Form, bool]:
    headers = request.headers
    gzip = accepts_gzip(headers.get("accept-encoding", ""))
    return choose_form(headers.get("accept", "")), gzip


def _exposed(pieces: Sequence[bytes], form: Form, *, gzip: bool) -> Response:
    headers = {"content-type": form.content_type, "vary": "Accept, Accept-Encoding"}
    if gzip:
        headers["content-encoding"] = "gzip"
    return PiecewiseResponse(pieces, headers)


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RefusedError) else 500
    return PlainTextResponse(f"{error}\n", status)
