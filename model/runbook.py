"""Hand-written runbooks: what people do by plan or in an emergency, and what they then say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sothat.model.alert import Step
from sothat.model.problem import Position


class Category(StrEnum):
    """What a runbook is for."""

    ROUTINE = "routine"
    EMERGENCY = "emergency"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Decision:
    """A fork: what to find out, and what to do if it is so."""

    if_: str
    then: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What can go wrong on the way, and what helps."""

    sign: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """A procedure.

    Attributes:
        name: Stem of its file and its page, such as ``daily-checks``.
        when: The occasion, or how often.
        owner: The role that carries it out.
        before: What must be at hand before the first step.
        outcome: What is true once it is done.
        notes: Markdown with headings of its own below the second level.
    """

    name: str
    title: str
    category: Category
    when: str
    owner: str
    before: tuple[str, ...]
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]
    outcome: str
    troubleshooting: tuple[Trouble, ...]
    notes: str
    position: Position


@dataclass(frozen=True, slots=True)
class Message:
    """A template of what is said to customers and colleagues.

    Attributes:
        sections: The six things that every message says, by their name, in order.
        advice: What whoever fills it in should mind; empty for nothing.
    """

    name: str
    title: str
    when: str
    owner: str
    audience: str
    subject: str
    sections: Mapping[str, str]
    advice: str
    position: Position
