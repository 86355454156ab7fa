"""The ways to people: what stands in for a channel that fails, and what each may get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sothat.incidents.conversation.links import Links
from sothat.incidents.notification import Channel, identities
from sothat.incidents.people import Limit, People, User
from sothat.incidents.roster import Roster
from sothat.model.policy import Policy

# What metrics call every contact of every user: whose it is is nobody's business there.
CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Directory:
    """Channels of the configuration, and contacts of people.

    Attributes:
        channels: All of them, ready to send, by name.
        people: Whose contacts are among them, as ``user/contact``.
        duty: Names that stand for whoever is on call; they are no channels.
        fallbacks: What stands in for a channel of the configuration that fails, in order.
        last_resort: The channels that are told when nobody else is left.
        links: Makes the signed links of messages; None: they have none.
    """

    channels: Mapping[str, Channel]
    people: People = field(default_factory=People)
    duty: tuple[str, ...] = ()
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    last_resort: tuple[str, ...] = ()
    links: Links | None = None

    def user_of(self, channel: str) -> User | None:
        """Return the user whose contact a channel is."""
        return self.people.users.get(channel.partition("/")[0]) if "/" in channel else None

    def known_as(self, identity: str) -> User | None:
        """Return the user among whose contacts somebody is, as a provider knows them."""
        for user in self.people.users.values():
            for channel in map(user.channel, user.contacts):
                if channel in self.channels and identity in identities(self.channels[channel]):
                    return user
        return None

    def instead_of(self, channel: str) -> tuple[str, ...]:
        """Return what stands in for a channel that fails, in order."""
        user = self.user_of(channel)
        found = user.in_place_of(channel) if user else self.fallbacks.get(channel, ())
        return tuple(name for name in found if name in self.channels)

    def limit(self, channel: str) -> Limit | None:
        """Return how much may be sent by a channel."""
        user = self.user_of(channel)
        return user.at_most if user else None

    def label(self, channel: str) -> str:
        """Return the channel's name in metrics."""
        return CONTACTS if self.user_of(channel) else channel

    def roster(self, policy: Policy) -> Roster | None:
        """Return who is asked by a policy; None where nobody is known to ask."""
        if not self.people.users and not self.last_resort:
            return None
        return Roster(policy, self.people, self.duty, self.last_resort)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return all names in metrics."""
        return tuple(dict.fromkeys(map(self.label, self.channels)))
