"""A review and its follow-ups: their states, and what leads from one to the next. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sothat.incidents.refusal import Refused
from sothat.incidents.reviews import fault_tree
from sothat.incidents.reviews.content import ReviewContent


class ReviewState(StrEnum):
    """Where a review is; what is published is changed only by taking it back to draft."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    PUBLISHED = "published"


class FollowUpState(StrEnum):
    """What became of a follow-up."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


_MOVES: Mapping[ReviewState, tuple[ReviewState, ...]] = {
    ReviewState.DRAFT: (ReviewState.IN_REVIEW,),
    ReviewState.IN_REVIEW: (ReviewState.PUBLISHED, ReviewState.DRAFT),
    ReviewState.PUBLISHED: (ReviewState.DRAFT,),
}


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one incident; moments in nanoseconds.

    Attributes:
        version: Grows with each change.
        submitted_by: Who last asked for others to look at it.
        revision: How often it has been published.
    """

    incident: int
    state: ReviewState
    content: ReviewContent
    version: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    submitted_by: str = ""
    published_at: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something that is to be done so that it does not happen again.

    Attributes:
        owner: Who sees to it: a user, or a role of the policy.
        due: The last day on which it is in time, in UTC.
        note: What was said when it ended.
        reminded: The day of the last reminder, ISO; empty: none yet.
    """

    id: int
    incident: int
    text: str
    owner: str
    team: str
    due: date
    created_at: int
    created_by: str
    state: FollowUpState = FollowUpState.OPEN
    ended_at: int | None = None
    ended_by: str = ""
    note: str = ""
    reminded: str = ""

    def overdue(self, today: date) -> bool:
        """Return whether it is open and its day has passed."""
        return self.state is FollowUpState.OPEN and self.due < today


def moves(review: Review) -> tuple[ReviewState, ...]:
    """Return where a review may go from where it is."""
    return _MOVES[review.state]


def problems(content: ReviewContent) -> Iterator[str]:
    """Yield what is contradictory in a content whose types are right."""
    whys = content.five_whys.whys
    for number, why in enumerate(whys, 1):
        if not why.answer.strip():
            yield f"five whys: why {number} has no answer"
    yield from fault_tree.problems(content.fault_tree)


def lacking(content: ReviewContent) -> tuple[str, ...]:
    """Return what a review must have before others look at it."""
    wanted = {
        "a summary": content.summary,
        "the impact": content.impact,
        "a root cause, or what contributed": content.root_cause or content.contributing,
        "a timeline": content.timeline,
        "a lesson": content.lessons,
    }
    return tuple(name for name, value in wanted.items() if not _filled(value))


def _filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def edited(review: Review, content: ReviewContent, by: str, now: int) -> Review:
    """Return a review with another content.

    Raises:
        Refused: It is published, or the content contradicts itself.
    """
    if review.state is ReviewState.PUBLISHED:
        raise Refused("the review is published: take it back to draft to change it")
    if wrong := "; ".join(problems(content)):
        raise Refused(wrong)
    return replace(
        review, content=content, version=review.version + 1, updated_at=now, updated_by=by
    )


def moved(
    review: Review, to: ReviewState, by: str, now: int, *, over: bool, second_person: bool
) -> Review:
    """Return a review in another state.

    Args:
        review: As it is.
        to: Where it goes.
        by: Who says so.
        now: The moment.
        over: Whether the incident is.
        second_person: Whether whoever publishes must not be whoever asked for the review.

    Raises:
        Refused: It cannot go there, or lacks something.
    """
    if to is review.state:
        raise Refused(f"the review is {to} already")
    if to not in moves(review):
        raise Refused(f"a review that is {review.state} cannot become {to}")
    if to is not ReviewState.DRAFT and (missing := lacking(review.content)):
        raise Refused(f"the review lacks {', '.join(missing)}")
    changed = replace(review, state=to, version=review.version + 1, updated_at=now, updated_by=by)
    if to is ReviewState.IN_REVIEW:
        return replace(changed, submitted_by=by)
    if to is ReviewState.DRAFT:
        return changed
    return _published(changed, by, now, over=over, second_person=second_person)


def _published(review: Review, by: str, now: int, *, over: bool, second_person: bool) -> Review:
    if not over:
        raise Refused("the incident is not over: its review cannot be published yet")
    if second_person and by == review.submitted_by:
        raise Refused(f"{by} asked for the review: somebody else publishes it")
    return replace(review, published_at=now, revision=review.revision + 1)


def ended(follow_up: FollowUp, to: FollowUpState, by: str, note: str, now: int) -> FollowUp:
    """Return a follow-up that is done, dropped, or open again.

    Raises:
        Refused: It is that already, or is dropped without a reason.
    """
    if to is follow_up.state:
        raise Refused(f"follow-up {follow_up.id} is {to} already")
    if to is FollowUpState.OPEN:
        return replace(follow_up, state=to, ended_at=None, ended_by="", note="", reminded="")
    if to is FollowUpState.DROPPED and not note.strip():
        raise Refused("say why a follow-up is dropped")
    return replace(follow_up, state=to, ended_at=now, ended_by=by, note=note.strip())
