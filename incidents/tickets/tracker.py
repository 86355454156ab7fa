"""What a ticket system is to the service: what it is given, what it answers, what it has to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sothat.incidents.incident import State
from sothat.incidents.notification import Rejected, Retry
from sothat.model.policy import Priority
from sothat.runtime.plugins import offered
from sothat.runtime.secrets import Secret

GROUP = "sothat.trackers"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands, in the words of its system; what is empty is left as it is."""

    status: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket that is wanted.

    Attributes:
        key: Written into the ticket so that it can be found by it; the same for ever.
        since: When its incident opened, nanoseconds: the ticket cannot be older.
        text: What it says, its last line the mark by which it is known as ours.
        queue: The project, repository, group or service that it goes to.
        team: Of the policy.
        fields: Whatever else is set, by the names of the system.
    """

    key: str
    since: int
    title: str
    text: str
    queue: str
    team: str
    standing: Standing
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that is there.

    Attributes:
        reference: By which it is asked for.
        url: Where people look at it.
        name: What people call it.
    """

    reference: str
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on a ticket, as text; whether it is ours its last line says."""

    id: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A ticket as it is now.

    Attributes:
        over: Whether it counts as done there.
        version: Changes with the ticket; the same text as in `Touched`.
        remarks: All of its comments, in the order in which they were written.
        by: Who gave it its status, empty if the system does not say.
    """

    status: str
    over: bool
    version: str
    remarks: tuple[Remark, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A ticket that has changed."""

    reference: str
    version: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed.

    Attributes:
        until: Up to which moment, nanoseconds by the clock of the system; None: it did not say.
        more: Whether there is more from that moment on.
    """

    touched: tuple[Touched, ...]
    until: int | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """The system does not let us in: nothing will work until somebody renews the credentials."""

    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The ticket is not there any more."""

    reason: str


class Trouble(Exception):  # noqa: N818 – it is named for what it is
    """A request to a system that failed; ``what`` says how."""

    def __init__(self, what: Retry | Rejected | Denied | Missing) -> None:
        self.what = what
        super().__init__(what.reason)


class Tracker(Protocol):
    """A ticket system, ready to be asked; no two threads ask one at once.

    Each method ends within the system's own deadline, and raises `Trouble` where it fails.
    """

    @property
    def provider(self) -> str:
        """Return who is asked. It is shown in logs, so it tells no secret."""

    @property
    def settles(self) -> float:
        """Return how many seconds after a creation without an answer `find` can be believed."""

    @property
    def overlap(self) -> float:
        """Return by how many seconds `changes` may lag behind what has changed."""

    def find(self, key: str, since: int) -> Ticket | None:
        """Return the ticket of a key, the oldest if there were several; None if there is none.

        Args:
            key: As in `Draft`.
            since: Nothing older is looked for.
        """

    def create(self, draft: Draft) -> Ticket:
        """Make a ticket that `find` finds by its key from the moment on at which it is there."""

    def look(self, reference: str) -> View:
        """Return a ticket as it is now, what was written last included."""

    def comment(self, reference: str, text: str) -> None:
        """Write a comment; the last line of the text is the mark by which it is known as ours."""

    def move(self, reference: str, to: Standing, before: Standing) -> None:
        """Give a ticket a status and a priority; what is empty in ``to`` stays as it is."""

    def changes(self, since: int) -> Changes:
        """Return which tickets have changed since a moment, by the system's clock, oldest first.

        All of ours must be among them; others may be.
        """


class System(Protocol):
    """A type of tracker: the extension point ``sothat.trackers``, ``TRACKER`` in a module."""

    schema: Mapping[str, Any]
    """JSON Schema properties of the tracker's own settings."""

    required: tuple[str, ...]
    """Which of them must be there."""

    statuses: Mapping[State, str]
    """What the states of an incident are there, unless the configuration says otherwise."""

    priorities: Mapping[Priority, str]
    """What the priorities are there, likewise."""

    queue: str
    """Name of the setting that says where tickets go whose team is not in ``queues``."""

    hidden: bool
    """Whether a mark can be hidden in a text: it shows Markdown."""

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Tracker:
        """Return a tracker.

        Args:
            settings: Of the tracker, already checked against the schema.
            secret: Resolves the setting of a name (``{file: …}`` or ``{env: …}``) to the secret.

        Raises:
            Unusable: A secret is missing.
        """


def systems() -> Mapping[str, System]:
    """Return the installed types of trackers."""
    return dict(offered(GROUP, "TRACKER", System))
