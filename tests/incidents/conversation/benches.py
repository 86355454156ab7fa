"""A bench whose channels converse: they keep references, change in place, and know their reader."""

from itertools import count

from sothat.incidents.conversation.gestures import Gesture, Outcome
from sothat.incidents.conversation.links import Links
from sothat.incidents.conversation.performing import Way, perform
from sothat.incidents.notification import Notice, Result, Sent
from sothat.incidents.store import browsing
from sothat.incidents.store.audit import Audited, audited
from sothat.runtime.secrets import Secret

from ..test_outbox import Bench, Provider  # noqa: TID252 – tests of one tree


class Chat(Provider):
    """A provider whose messages have names."""

    converses = True
    updates = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.identities = (f"chat:{name.partition('/')[0]}",)
        self._numbers = count(1)
        # What each message shows.
        self.shows: dict[str, Notice] = {}

    def send(self, notice: Notice) -> Result:
        result = super().send(notice)
        if not isinstance(result, Sent):
            return result
        name = notice.reference or f"message-{next(self._numbers)}"
        if notice.update or not notice.reference:
            self.shows[name] = notice
        return Sent(name)

    @property
    def pages(self) -> list[Notice]:
        """Return what woke somebody."""
        return [notice for notice in self.got if not notice.update]

    @property
    def changes(self) -> list[Notice]:
        """Return what changed a message in place."""
        return [notice for notice in self.got if notice.update]


class Talk(Bench):
    """The bench of the outbox, with people who answer."""

    links = Links(Secret("a key of these tests"), 86_400, "incidents@in.example.org")

    def make_provider(self, name: str) -> Provider:
        """Return a chat for each channel."""
        return Chat(name)

    def chat(self, name: str) -> Chat:
        """Return a channel's chat."""
        found = self.providers[name]
        assert isinstance(found, Chat)
        return found

    def make(self, command: str, who: str = "engineer", key: str = "k1", **more: object) -> Outcome:
        """Make a gesture, as somebody whose contact a chat is."""
        number = more.pop("incident", 1)
        assert number is None or isinstance(number, int)
        gesture = Gesture(number, command, f"chat:{who}", key, str(more.pop("text", "")))
        way = Way("office", str(more.pop("person", "")))
        return self.writer.run(lambda t: perform(t, gesture, way, self.directory)).result(5)

    def records(self) -> list[Audited]:
        """Return the audit log, the oldest entry first."""
        with self.readers.connect() as connection:
            return [*reversed(audited(connection, 100).items)]

    def state(self, number: int = 1) -> str:
        """Return an incident's state."""
        with self.readers.connect() as connection:
            found = browsing.incident(connection, number)
        assert found is not None
        return str(found.state)
