"""The catalogue's vocabulary: an alert is a promise, IF → DO → SO THAT."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sothat.model.dependencies import Component
from sothat.model.policy import Policy, Priority
from sothat.model.problem import Position


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison: operator, value in base units, the unit, and the text as written."""

    operator: str
    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """IF: durations in seconds; ``expr`` is the PromQL with its threshold compared.

    Attributes:
        query: The PromQL without its comparison, ``$window`` filled in.
        written: The query as it stands in the file, for positions.
        tuned: An environment's values changed the threshold or a duration, so that the entry's
            examples no longer speak of it.
        figure: What the entry asks for, ``$window`` filled in, before its kind expanded it.
        amounts: Further quantities that the kind compares the figure with, such as a floor.
    """

    words: str
    query: str
    expr: str
    threshold: Threshold | None
    for_seconds: float
    keep_firing_seconds: float
    position: Position
    window_seconds: float = 0.0
    written: str = ""
    tuned: bool = False
    figure: str = ""
    amounts: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, the command that does it, what to expect of it, and what to do if not."""

    do: str
    run: str = ""
    expect: str = ""
    if_not: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """DO: what the owner does, step by step.

    Attributes:
        escalation: Roles to call for this alert, in order; empty: those of the owner's team.
    """

    priority: Priority
    text: str
    steps: tuple[Step, ...]
    escalation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """SO THAT: who can go on doing what, and the KPI that shows it."""

    who: str
    text: str
    kpi: str


@dataclass(frozen=True, slots=True)
class Inhibition:
    """This alert is muted while the named one fires for the same values of the labels.

    Attributes:
        position: Where the dependency stands that it follows from; None: the alert says it itself.
    """

    by: str
    equal: tuple[str, ...]
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One promtool test: series in promtool's notation, and the alerts that fire at a time.

    Attributes:
        series: Pairs of selector and values (``0 0 _ 1+1x10``), one value an interval.
        at: Seconds since the start at which the alert is looked at.
        fires: Label sets that must fire, without the alert's static labels; none: stays quiet.
    """

    name: str
    series: tuple[tuple[str, str], ...]
    interval: float
    at: float
    fires: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shadow:
    """The alert is on trial: it is evaluated and kept, and nobody hears of it.

    Attributes:
        until: Day by which somebody decides, as ISO 8601 text: they sort as days do.
        reason: What is to be found out.
    """

    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One entry of the catalogue, every default resolved.

    Attributes:
        kind: What sort of condition it watches: the name of a template, such as ``threshold``.
        summary: Static one-sentence headline; reads well in a page at night.
        description: Template text with labels and value.
        board: Uid of the board that gives the wider view, empty for none.
        panel: Title of the panel there that shows it, empty for the one that is made for it.
        labels: Static labels of its own, beside those that every alert gets.
        made_for: Name of the entry that the compiler made it for, empty for an entry's own.
        covers: Ids of the requirements that it serves, such as ``M-DB``.
        shadow: Until when it is on trial; None: it is not.
    """

    name: str
    domain: str
    owner: str
    kind: str
    summary: str
    description: str
    condition: Condition
    action: Action
    outcome: Outcome
    inhibitions: tuple[Inhibition, ...]
    examples: tuple[Example, ...]
    position: Position
    board: str = ""
    panel: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    made_for: str = ""
    covers: tuple[str, ...] = ()
    shadow: Shadow | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule of the KPI layer: ``level:metric:operation``, its unit and meaning.

    Attributes:
        labels: The labels of its series.
        written: The expression as it stands in the file, for positions.
        covers: Ids of the requirements that it serves.
        made_for: Name of the entry that the compiler made it for, empty for a rule of a file.
    """

    record: str
    expr: str
    unit: str
    help: str
    labels: tuple[str, ...]
    position: Position
    window_seconds: float = 0.0
    written: str = ""
    covers: tuple[str, ...] = ()
    made_for: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All promises of a run; emitters take it only after the checks have passed.

    Attributes:
        environment: The values by dotted name as text, such as ``urls.incidents``.
        components: What depends on what, by name.
    """

    alerts: tuple[Alert, ...]
    recordings: tuple[Recording, ...]
    policy: Policy
    environment: Mapping[str, str]
    components: Mapping[str, Component] = field(default_factory=lambda: MappingProxyType({}))
