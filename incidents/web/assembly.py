"""The faces put together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from urllib.parse import urlsplit

from sothat.incidents.access.attempt import Attempts
from sothat.incidents.access.provider import Provider
from sothat.incidents.conversation.callbacks import Callbacks
from sothat.incidents.conversation.link_pages import LinkPages
from sothat.incidents.counts import Counts
from sothat.incidents.directory import Directory
from sothat.incidents.exposition import Exposition
from sothat.incidents.incident import Rules
from sothat.incidents.outside import Outside
from sothat.incidents.roles import Role
from sothat.incidents.runbooks import Runbooks
from sothat.incidents.settings.oidc import OidcSettings, identity_of
from sothat.incidents.settings.sessions import DEFAULT as SESSION_RULES
from sothat.incidents.settings.sessions import SessionRules
from sothat.incidents.site import Site
from sothat.incidents.tallies import answered_back, wrong_token
from sothat.incidents.times import SECOND
from sothat.incidents.web.access import Forms
from sothat.incidents.web.api import Api
from sothat.incidents.web.app import Faces, build_app
from sothat.incidents.web.audit_pages import AuditPages
from sothat.incidents.web.auditing import VERIFYING, AuditApi
from sothat.incidents.web.gate import Gate, Keys
from sothat.incidents.web.health import Health
from sothat.incidents.web.operations import OPERATIONS
from sothat.incidents.web.orders import Orders
from sothat.incidents.web.outward import Outward, outward
from sothat.incidents.web.overrides import OVERRIDES, OverridesApi, feed
from sothat.incidents.web.pages import Pages
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.rota_pages import RotaPages
from sothat.incidents.web.routes import api_routes
from sothat.incidents.web.sessions import Sessions
from sothat.incidents.web.shelf import Shelf
from sothat.incidents.web.sign_in import BACK, SignIn
from sothat.incidents.web.standing_in import StandingIn
from sothat.incidents.web.together import OPERATIONS as TOGETHER
from sothat.incidents.web.together import Desk, Ways, together
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
        metrics_token: What whoever reads the metrics has to show; None: nothing.
        oidc: The provider that people sign in with; then nobody gets in who shows nothing.
        session: How long browsers stay signed in.
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
    metrics_token: Secret | None = None
    oidc: OidcSettings | None = None
    session: SessionRules = SESSION_RULES
    directory: Directory = field(default_factory=lambda: Directory({}))
    outside: Outside | None = None
    ways: Ways = field(default_factory=Ways)


def make_app(base: Base) -> Starlette:
    """Return the application."""
    url = urlsplit(base.external_url)
    host = url.hostname or ""
    sessions = Sessions(base.writer, base.session, secure=url.scheme == "https")
    gate = _gate(base, sessions)
    views, orders = Views(base.readers, base.rules, base.clock), Orders(base.writer)
    renderer = Renderer(base.clock)
    provider = base.oidc.title if base.oidc else ""
    visits = Visits(gate, sessions, Forms(base.forms), renderer, host, provider)
    pages = Pages(views, orders, base.runbooks, visits, renderer)
    standing_in = StandingIn(views, orders, base.rules.rota, base.clock)
    overrides = OverridesApi(standing_in, base.rules.rota, base.clock)
    rota = RotaPages(standing_in, base.rules.rota, visits, base.clock)
    auditing, audit_pages = AuditApi(views), AuditPages(views, visits, renderer)
    handlers = {
        **Api(views, orders).handlers(),
        **overrides.handlers(),
        **auditing.handlers(),
    }
    operations = (*OPERATIONS, *OVERRIDES, *VERIFYING)
    calendar = Route("/on-call/{team}.ics", feed(base.rules.rota, gate, base.clock))
    forged = partial(base.counts.add_waiting, answered_back("unproven"))
    callbacks = Callbacks(base.directory, base.writer, base.external_url, base.clock, forged)
    links = LinkPages(base.directory, base.writer, views, renderer, base.clock)
    signing_in = _sign_in(base, gate, sessions, visits)
    routes = (calendar, *callbacks.routes(), *links.routes(), *signing_in, *rota.routes())
    routes = (*routes, *audit_pages.routes())
    given = (views, orders, visits, renderer, base.writer, base.clock)
    out = outward(base.outside, *given) if base.outside else Outward()
    desk = Desk(views, orders, visits, renderer, base.clock)
    own = together(base.ways, desk, base.runbooks, base.rules)
    operations = (*operations, *out.operations, *TOGETHER)
    handlers = {**handlers, **out.handlers, **own.handlers}
    routes = (*routes, *own.pages)
    return build_app(
        Faces(
            api=(*api_routes(operations, handlers, gate, version("sothat")), *routes, *out.named),
            pages=pages,
            visits=visits,
            shelf=Shelf(base.site, pages),
            health=Health(base.writer, base.exposition, gate, base.metrics_token),
            host=host if base.token is None else None,
            open=out.open,
        )
    )


def _sign_in(base: Base, gate: Gate, sessions: Sessions, visits: Visits) -> tuple[Route, ...]:
    """Return the routes to and from the provider, if there is one."""
    if base.oidc is None:
        return ()
    provider = Provider(
        identity_of(base.oidc, f"{base.external_url}{BACK}"), lambda: base.clock() / SECOND
    )
    made = SignIn(base.oidc, provider, Attempts(base.forms), gate, sessions, visits)
    return made.routes()


def _gate(base: Base, sessions: Sessions) -> Gate:
    anonymous = Role.ADMIN if base.token is None and base.oidc is None else None
    grants = base.oidc.grants if base.oidc else ()
    return Gate(
        Keys(base.token, anonymous, base.rules.client_label, grants, base.session),
        base.readers,
        Tries(time.monotonic),
        base.clock,
        lambda: base.counts.add_waiting(wrong_token()),
        sessions.used,
    )
