"""What goes in and out of the API about many incidents."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field
from sothat.incidents.web.models import Answer, Moment, Request
from sothat.model.policy import Priority

_Name = Annotated[str, Meta(max_length=1_000, pattern=r"^[^\x00]*$")]
_Zoned = Annotated[datetime, Meta(tz=True)]


class AnalysisQuery(Request, rename={"priorities": "priority"}):
    """Which incidents to look at: those opened in a time."""

    since: Annotated[_Zoned | None, Meta(description="90 days before `until` where left out")] = (
        None
    )
    until: Annotated[_Zoned | None, Meta(description="Now where left out")] = None
    team: list[_Name] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)
    site: _Name = ""
    least: Annotated[int, Meta(ge=2, le=1_000, description="Fewest incidents of a pattern")] = 3


class SpreadShape(Answer):
    """How some durations are spread, in seconds."""

    count: int
    mean: float
    median: float
    p90: float


class PatternShape(Answer):
    """Incidents that are the same, again and again."""

    kind: Annotated[str, Meta(description="The name of their alert")]
    site: str
    outcome: str
    incidents: list[int]
    intervals: Annotated[SpreadShape, Meta(description="From one opening to the next")]
    every: Annotated[float | None, Meta(description="Seconds of its rhythm; null: it has none")]
    habits: Annotated[list[str], Meta(description="When it mostly comes")]
    first: Moment
    last: Moment


class Analysis(Answer):
    """Figures over the incidents of a time; drills and merged incidents are left out."""

    since: Moment
    until: Moment
    time_zone: Annotated[str, Meta(description="Whose clock hours and weekdays are read from")]
    cut: Annotated[bool, Meta(description="Whether there are more, earlier ones than were read")]
    count: int
    per_week: float
    between: Annotated[
        SpreadShape | None, Meta(description="From an end to the next of the same matter (MTBF)")
    ]
    to_acknowledge: Annotated[SpreadShape | None, Meta(description="From the opening (MTTA)")]
    to_resolve: Annotated[SpreadShape | None, Meta(description="From the opening (MTTR)")]
    distributions: Annotated[
        dict[str, dict[str, int]],
        Meta(description="By kind, priority, team, site, outcome, cause, weekday, hour"),
    ]
    patterns: list[PatternShape]


class SuggestionShape(Answer):
    """Something that may help."""

    kind: Literal["review", "runbook"]
    reference: Annotated[str, Meta(description="An incident's number, or a runbook's name")]
    title: str
    score: Annotated[float, Meta(description="Larger is more alike; only good for an order")]
    words: Annotated[list[str], Meta(description="Those that made it likely")]
    excerpt: str


class Suggestions(Answer):
    """What earlier incidents and runbooks may tell about an incident, the likeliest first."""

    suggestions: list[SuggestionShape]
