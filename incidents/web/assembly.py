"""The faces put together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlsplit

from sothat.incidents.conversation.callbacks import Callbacks
from sothat.incidents.conversation.link_pages import LinkPages
from sothat.incidents.counts import Counts
from sothat.incidents.directory import Directory
from sothat.incidents.exposition import Exposition
from sothat.incidents.incident import Rules
from sothat.incidents.outside import Outside
from sothat.incidents.roles import Role
from sothat.incidents.runbooks import Runbooks
from sothat.incidents.site import Site
from sothat.incidents.tallies import wrong_token
from sothat.incidents.web.access import Forms
from sothat.incidents.web.api import Api
from sothat.incidents.web.app import Faces, build_app
from sothat.incidents.web.gate import Gate, Keys
from sothat.incidents.web.health import Health
from sothat.incidents.web.operations import OPERATIONS
from sothat.incidents.web.orders import Orders
from sothat.incidents.web.outward import Outward, outward
from sothat.incidents.web.overrides import OVERRIDES, OverridesApi, feed
from sothat.incidents.web.pages import Pages
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.routes import api_routes
from sothat.incidents.web.sessions import Sessions
from sothat.incidents.web.shelf import Shelf
from sothat.incidents.web.tries import Tries
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visits
from sothat.incidents.writer import Writer
from sothat.runtime.secrets import Secret
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Base:
    """What the faces stand on.

    Attributes:
        forms: Key of the proofs that forms carry.
        token: What API and pages want; None: nothing, but then under the service's own names only.
    """

    writer: Writer
    readers: Engine
    rules: Rules
    counts: Counts
    exposition: Exposition
    runbooks: Runbooks
    site: Site
    forms: Secret
    token: Secret | None
    external_url: str
    clock: Callable[[], int]
    directory: Directory = field(default_factory=lambda: Directory({}))
    outside: Outside | None = None


def make_app(base: Base) -> Starlette:
    """Return the application."""
    url = urlsplit(base.external_url)
    host = url.hostname or ""
    gate = _gate(base)
    views, orders = Views(base.readers, base.rules, base.clock), Orders(base.writer)
    renderer = Renderer(base.clock)
    sessions = Sessions(base.writer, secure=url.scheme == "https")
    visits = Visits(gate, sessions, Forms(base.forms), renderer, host)
    pages = Pages(views, orders, base.runbooks, visits, renderer)
    overrides = OverridesApi(views, orders, base.rules.rota, base.clock)
    handlers = {**Api(views, orders).handlers(), **overrides.handlers()}
    operations = (*OPERATIONS, *OVERRIDES)
    calendar = Route("/on-call/{team}.ics", feed(base.rules.rota, gate, base.clock))
    callbacks = Callbacks(base.directory, base.writer, base.external_url, base.clock)
    links = LinkPages(base.directory, base.writer, views, renderer, base.clock)
    routes = (calendar, *callbacks.routes(), *links.routes())
    given = (views, orders, visits, renderer, base.writer, base.clock)
    out = outward(base.outside, *given) if base.outside else Outward()
    operations, handlers = (*operations, *out.operations), {**handlers, **out.handlers}
    return build_app(
        Faces(
            api=(*api_routes(operations, handlers, gate, version("sothat")), *routes, *out.named),
            pages=pages,
            visits=visits,
            shelf=Shelf(base.site, pages),
            health=Health(base.writer, base.exposition),
            host=host if base.token is None else None,
            open=out.open,
        )
    )


def _gate(base: Base) -> Gate:
    anonymous = Role.ADMIN if base.token is None else None
    return Gate(
        Keys(base.token, anonymous),
        base.readers,
        Tries(time.monotonic),
        base.clock,
        lambda: base.counts.add_waiting(wrong_token()),
    )
