"""What a review says, as data: it checks requests, is kept in the store and stands in OpenAPI."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

_Text = Annotated[str, Meta(max_length=20_000)]
_Line = Annotated[str, Meta(max_length=1_000)]
_Lines = Annotated[tuple[_Line, ...], Meta(max_length=50)]
_NodeId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*(?!\n)$", max_length=40)]
# Nobody reads a tree of more, and its cut sets grow with it.
MOST_NODES = 200


class CauseKind(StrEnum):
    """What a root cause belongs to; it is what incidents are counted by."""

    CHANGE = "change"
    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    SOFTWARE = "software"
    HARDWARE = "hardware"
    NETWORK = "network"
    POWER = "power"
    DEPENDENCY = "dependency"
    PROCESS = "process"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a review; what is not given is empty."""


class ReviewLine(Part, frozen=True):
    """A line of the timeline that the review tells; ``entry`` 0: written by hand."""

    at: Annotated[datetime, Meta(tz=True)]
    text: _Text
    entry: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


class Why(Part, frozen=True):
    """An answer to a why, and what shows that it is so."""

    answer: _Line
    evidence: _Line = ""


class FiveWhys(Part, frozen=True):
    """A chain of whys from a problem down; the last answer is where it was left."""

    problem: _Line = ""
    whys: Annotated[tuple[Why, ...], Meta(max_length=10)] = ()


class Fishbone(Part, frozen=True):
    """Causes of an effect (Ishikawa), in six categories."""

    effect: _Line = ""
    people: _Lines = ()
    methods: _Lines = ()
    machines: _Lines = ()
    materials: _Lines = ()
    measurements: _Lines = ()
    environment: _Lines = ()


BONES = ("people", "methods", "machines", "materials", "measurements", "environment")


class FaultNode(Part, frozen=True):
    """An event of a fault tree: with a gate it follows from its inputs, without it is basic."""

    id: _NodeId
    text: _Line
    gate: Literal["and", "or"] | None = None
    inputs: Annotated[tuple[_NodeId, ...], Meta(max_length=MOST_NODES)] = ()
    happened: Annotated[bool | None, Meta(description="Of a basic event; null: not known")] = None


class FaultTree(Part, frozen=True):
    """A fault tree; its first node is the event that is to be explained."""

    nodes: Annotated[tuple[FaultNode, ...], Meta(max_length=MOST_NODES)] = ()


class Difference(Part, frozen=True):
    """Change analysis: something that was otherwise than when all was well."""

    what: _Line
    usual: _Line = ""
    this_time: _Line = ""
    effect: _Line = ""


class Barrier(Part, frozen=True):
    """Barrier analysis: what stood between a hazard and those who suffered, and how it did."""

    barrier: _Line
    hazard: _Line = ""
    state: Literal["held", "failed", "missing"] = "failed"
    why: _Line = ""
    improvement: _Line = ""


class ReviewContent(Part, frozen=True):
    """All that a review says.

    Attributes:
        impact: What those who rely on it had to bear.
        detection: How it was noticed; ``response``: what was done then, and how that went.
        actions: What was done to end it.
        lucky: Where only luck kept it from being worse.
        lessons: What is remembered, and reported each month.
    """

    summary: _Text = ""
    impact: _Text = ""
    detection: _Text = ""
    response: _Text = ""
    timeline: Annotated[tuple[ReviewLine, ...], Meta(max_length=500)] = ()
    actions: _Lines = ()
    root_cause: _Text = ""
    cause: CauseKind = CauseKind.UNKNOWN
    contributing: _Lines = ()
    five_whys: FiveWhys = field(default_factory=FiveWhys)
    fishbone: Fishbone = field(default_factory=Fishbone)
    fault_tree: FaultTree = field(default_factory=FaultTree)
    changes: Annotated[tuple[Difference, ...], Meta(max_length=50)] = ()
    barriers: Annotated[tuple[Barrier, ...], Meta(max_length=50)] = ()
    went_well: _Lines = ()
    went_badly: _Lines = ()
    lucky: _Lines = ()
    lessons: _Lines = ()
