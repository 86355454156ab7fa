"""The web face: what scrapes, checks on and looks at the exporter."""

from html import escape

from sothat.exporters.exposition import expose
from sothat.exporters.fleet import Fleet
from sothat.exporters.health import ready
from sothat.exporters.poller import View
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

# The first level is an order of magnitude faster than the last and nearly as small.
_GZIP_LEVEL = 1
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;\
border-bottom:1px solid #8884}:root{color-scheme:light dark}"


def application(fleet: Fleet) -> Starlette:
    """Return the ASGI application that serves a fleet's samples."""

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        body, content_type = expose(fleet.samples(), fleet.families, accept)
        return Response(body, headers={"content-type": content_type})

    async def healthy(_request: Request) -> Response:
        return PlainTextResponse("healthy\n")

    async def readiness(_request: Request) -> Response:
        reason = ready(fleet.views())
        if reason:
            return PlainTextResponse(f"not ready: {reason}\n", 503)
        return PlainTextResponse("ready\n")

    async def landing(_request: Request) -> Response:
        return HTMLResponse(_page(fleet.views()))

    routes = [
        Route("/metrics", metrics),
        Route("/-/healthy", healthy),
        Route("/-/ready", readiness),
        Route("/", landing),
    ]
    zipped = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=_GZIP_LEVEL)
    return Starlette(routes=routes, middleware=[zipped])


def _page(views: tuple[View, ...]) -> str:
    rows = "".join(_row(view) for view in views)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>sothat exporter</title>'
        f"<style>{_STYLE}</style><h1>sothat exporter</h1>"
        '<p><a href="/metrics">Metrics</a> · <a href="/-/healthy">healthy</a> · '
        '<a href="/-/ready">ready</a></p>'
        "<table><tr><th>Collector</th><th>Last poll</th><th>Series</th><th>Took</th></tr>"
        f"{rows}</table></html>"
    )


def _row(view: View) -> str:
    snapshot = view.snapshot
    if snapshot is None:
        cells = ["not yet polled", "0", "–"]
    else:
        outcome = "complete" if snapshot.success else f"failed: {snapshot.reason}"
        cells = [outcome, str(len(snapshot.samples)), f"{snapshot.duration:.3f} s"]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in (view.plan.name, *cells))
    return f"<tr>{shown}</tr>"
