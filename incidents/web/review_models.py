"""What goes in and out of the API about reviews and follow-ups."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, field
from sothat.incidents.reviews.content import CauseKind, ReviewContent
from sothat.incidents.reviews.review import FollowUpState, ReviewState
from sothat.incidents.web.models import SOMETHING, Answer, Id, Limit, Moment, Request
from sothat.model.policy import Priority

By = Annotated[str, Meta(max_length=200, description="Who you are; a token's name where left out")]
_Cursor = Annotated[str, Meta(max_length=200, description="`next` of the page before")]
_Said = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=SOMETHING)]
_Name = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]
_Someone = Annotated[str, Meta(min_length=1, max_length=200, pattern=SOMETHING)]
_Note = Annotated[str, Meta(max_length=10_000)]
_Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
_Zoned = Annotated[datetime, Meta(tz=True)]


class BeginReview(Request, kw_only=True):
    """A review is begun."""

    by: By = ""


class WriteReview(Request, kw_only=True):
    """A review's whole content, instead of the one that it has."""

    by: By = ""
    content: ReviewContent
    version: Annotated[
        _Version | None, Meta(description="Refused if the review is another one by now")
    ] = None


class MoveReview(Request, kw_only=True):
    """A review goes on to another state."""

    by: By = ""
    to: ReviewState


class NewFollowUp(Request, kw_only=True):
    """Something is to be done."""

    by: By = ""
    text: _Said
    owner: Annotated[_Someone, Meta(description="A user, or a role of the policy")]
    due: Annotated[date, Meta(description="The last day on which it is in time, in UTC")]
    team: Annotated[_Name, Meta(description="The incident's where left out")] = ""


class ChangeFollowUp(Request, kw_only=True):
    """What is left out stays as it is."""

    by: By = ""
    text: _Said | None = None
    owner: _Someone | None = None
    due: date | None = None
    state: FollowUpState | None = None
    note: Annotated[_Note, Meta(description="What came of it, or why it is dropped")] = ""


class ReviewsQuery(Request, rename={"states": "state"}):
    """Which reviews to list."""

    states: list[ReviewState] = field(default_factory=list)
    team: list[_Name] = field(default_factory=list)
    site: _Name = ""
    cause: CauseKind | None = None
    since: Annotated[_Zoned | None, Meta(description="Opened at or after")] = None
    until: Annotated[_Zoned | None, Meta(description="Opened before")] = None
    limit: Limit = 100
    cursor: _Cursor = ""


class FollowUpsQuery(Request, kw_only=True):
    """Which follow-ups to list."""

    state: FollowUpState | None = None
    overdue: bool = False
    team: _Name = ""
    owner: _Name = ""
    incident: Id | None = None
    limit: Limit = 100
    cursor: _Cursor = ""


class ExportQuery(Request, rename={"form": "format"}):
    """As what a review goes out."""

    form: Literal["markdown", "html", "pdf"] = "markdown"


class FollowUpShape(Answer):
    """A follow-up."""

    id: int
    incident: int
    text: str
    owner: str
    team: str
    due: date
    state: FollowUpState
    overdue: bool
    created_at: Moment
    created_by: str
    ended_at: Moment | None
    ended_by: str
    note: str


class FollowUpPage(Answer):
    """A page of follow-ups: those due first come first."""

    follow_ups: list[FollowUpShape]
    next: str


class Wording(Answer):
    """Words that may blame somebody."""

    section: str
    words: str
    hint: str


class ReviewSummary(Answer):
    """A review in a list."""

    incident: int
    title: str
    priority: Priority
    team: str
    site: str
    state: ReviewState
    cause: CauseKind
    lessons: tuple[str, ...]
    updated_at: Moment
    published_at: Moment | None
    open_follow_ups: int


class ReviewPage(Answer):
    """A page of reviews, those of the newest incidents first."""

    reviews: list[ReviewSummary]
    next: str


class ReviewShape(Answer):
    """A review with all that belongs to it."""

    incident: int
    title: str
    state: ReviewState
    version: int
    revision: Annotated[int, Meta(description="How often it has been published")]
    created_at: Moment
    created_by: str
    updated_at: Moment
    updated_by: str
    submitted_by: str
    published_at: Moment | None
    content: ReviewContent
    follow_ups: list[FollowUpShape]
    lacking: Annotated[list[str], Meta(description="What it must have before others look at it")]
    wording: Annotated[list[Wording], Meta(description="Words that may blame somebody")]
    explained: Annotated[
        bool | None, Meta(description="Whether the fault tree explains its first event")
    ]
    cut_sets: Annotated[
        list[list[str]], Meta(description="The least sets of basic events that bring it about")
    ]
    moves: Annotated[list[ReviewState], Meta(description="Where it may go from here")]
