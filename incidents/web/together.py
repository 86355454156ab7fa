"""The faces of what people do together: major incidents, reviews, and what they learn from many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sothat.incidents.incident import Rules
from sothat.incidents.runbooks import Runbooks
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.web import analysis, majors, reviews
from sothat.incidents.web.analysis import AnalysisApi, AnalysisPages
from sothat.incidents.web.api import Handler
from sothat.incidents.web.doing import Doing
from sothat.incidents.web.major_pages import MajorPages
from sothat.incidents.web.majors import MajorsApi
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.review_pages import ReviewPages
from sothat.incidents.web.reviews import ReviewsApi
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visits
from starlette.routing import Route

OPERATIONS: tuple[Operation, ...] = (
    *majors.OPERATIONS,
    *reviews.OPERATIONS,
    *analysis.OPERATIONS,
)


@dataclass(frozen=True, slots=True)
class Ways:
    """How people work together: the sections of the configuration for it."""

    major: MajorRules = field(default_factory=MajorRules)
    reviews: ReviewRules = field(default_factory=ReviewRules)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the faces stand on."""

    views: Views
    orders: Orders
    visits: Visits
    renderer: Renderer
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Together:
    """What the application takes in.

    Attributes:
        handlers: What answers each of the operations, by its name.
        pages: The routes of the pages.
    """

    handlers: Mapping[str, Handler]
    pages: tuple[Route, ...]


def together(ways: Ways, desk: Desk, runbooks: Runbooks, rules: Rules) -> Together:
    """Return the faces."""
    views, orders, clock, doing = desk.views, desk.orders, desk.clock, Doing(desk.orders)
    analysing = AnalysisApi(views, runbooks, rules, clock)
    leading = MajorsApi(views, doing, orders, ways.major, clock)
    reviewing = ReviewsApi(views, doing, ways.reviews, clock)
    shown = (desk.visits, desk.renderer)
    return Together(
        {**leading.handlers(), **reviewing.handlers(), **analysing.handlers()},
        (
            *MajorPages(views, doing, orders, *shown, ways.major, clock).routes(),
            *ReviewPages(views, doing, *shown, ways.reviews, clock).routes(),
            *AnalysisPages(analysing, *shown).routes(),
        ),
    )
