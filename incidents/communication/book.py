"""What may be said outside: public names, audiences, wording. Frozen data, read from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from sothat.incidents.incident import Incident
from sothat.model.policy import Priority

# The audience that the status page is; it has no channels, but subscribers.
STATUS_PAGE = "status-page"


class AudienceKind(StrEnum):
    """Who an audience is, and so what it may hear."""

    INTERNAL = "internal"
    EXECUTIVES = "executives"
    CUSTOMERS = "customers"


class Kind(StrEnum):
    """What a text is for."""

    INITIAL = "initial"
    UPDATE = "update"
    RESOLUTION = "resolution"
    SUMMARY = "summary"
    PREVENTIVE = "preventive"


class Effect(StrEnum):
    """How much of a service is left, from the best to the worst."""

    OPERATIONAL = "operational"
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    PARTIAL = "partial-outage"
    MAJOR = "major-outage"

    @property
    def rank(self) -> int:
        """Return how bad it is, from 0."""
        return tuple(Effect).index(self)


_EFFECTS: Mapping[Priority, Effect] = MappingProxyType(
    {
        Priority.P1: Effect.MAJOR,
        Priority.P2: Effect.PARTIAL,
        Priority.P3: Effect.DEGRADED,
        Priority.P4: Effect.OPERATIONAL,
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """Something that customers have, under the name that they know.

    Attributes:
        key: Its name in the file.
        name: What customers call it.
        so_that: What they can do when it works, as it goes on after “so that”.
        when: Label sets, each label with its admissible values; an incident that carries all
            labels of one set concerns the service.
        internal: Whether only the internal page shows it.
        team: Who gets what people report about it; empty: whoever triages says so.
        effects: What an incident of a priority leaves of it.
    """

    key: str
    name: str
    so_that: str
    when: tuple[Mapping[str, tuple[str, ...]], ...]
    internal: bool = False
    team: str = ""
    effects: Mapping[Priority, Effect] = field(default_factory=lambda: _EFFECTS)


@dataclass(frozen=True, slots=True)
class PublicSite:
    """A site under the name that its people know.

    Attributes:
        key: The value of the label ``site``.
        listed: Whether the public status page names it.
    """

    key: str
    name: str
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Audience:
    """Somebody who is told.

    Attributes:
        channels: Names of the configuration's channels.
        sites: Keys of the sites whose incidents it may hear of; empty: of all.
        services: Keys of the services, likewise.
        automatic: Priorities of which it is told without anybody's doing.
    """

    name: str
    kind: AudienceKind
    channels: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    automatic: tuple[Priority, ...] = ()

    def hears(self, service: Service | None, site: str) -> bool:
        """Return whether an incident of a service and a site is its business."""
        if self.kind is AudienceKind.CUSTOMERS and (service is None or service.internal):
            return False
        if self.sites and site not in self.sites:
            return False
        return not self.services or (service is not None and service.key in self.services)


@dataclass(frozen=True, slots=True)
class Wording:
    """A template: its placeholders are ``{service}`` and the like."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Book:
    """All that may be said outside, and to whom.

    Attributes:
        signature: Who speaks.
        zone: IANA name of the time zone of the times in texts.
        services: By key, in the order in which they are shown.
        audiences: By name.
        after: Nanoseconds for which an incident lasts before anybody is told without being asked.
        public_words: Words that may be said although a label has them as its value.
        public_hosts: Hosts that texts may name.
        wordings: Templates that stand in for the built-in ones, by kind of audience and of text.
    """

    signature: str = ""
    zone: str = "UTC"
    services: Mapping[str, Service] = field(default_factory=lambda: MappingProxyType({}))
    sites: Mapping[str, PublicSite] = field(default_factory=lambda: MappingProxyType({}))
    audiences: Mapping[str, Audience] = field(default_factory=lambda: MappingProxyType({}))
    after: int = 0
    public_words: tuple[str, ...] = ()
    public_hosts: tuple[str, ...] = ()
    wordings: Mapping[tuple[AudienceKind, Kind], Wording] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def service_of(self, incident: Incident) -> Service | None:
        """Return the first service that an incident concerns, None if it concerns none."""
        known = {**incident.labels, "team": incident.team}
        for name, value in (
            ("alertname", incident.promise.alertname),
            ("site", incident.site),
            ("outcome", incident.outcome),
        ):
            known.setdefault(name, value)
        found = (one for one in self.services.values() if any(_fits(s, known) for s in one.when))
        return next(found, None)


def _fits(wanted: Mapping[str, tuple[str, ...]], known: Mapping[str, str]) -> bool:
    return all(known.get(name, "") in values for name, values in wanted.items())
