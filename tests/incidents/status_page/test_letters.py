"""Letters to people outside, while the mail server is down: late, and once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sothat.incidents import kit
from sothat.incidents.communication.wording import Text
from sothat.incidents.counts import Counts
from sothat.incidents.incident import Rules
from sothat.incidents.letters.postman import Bag, Postman
from sothat.incidents.letters.seals import Seals
from sothat.incidents.notifiers.email import EmailChannel
from sothat.incidents.store.engines import reader_engine, writer_engine
from sothat.incidents.store.letters import EMAIL, Letter, letters_waiting, post
from sothat.incidents.store.migrate import migrate
from sothat.incidents.times import SECOND
from sothat.incidents.writer import Writer
from sothat.model.policy import Policy
from sothat.runtime.secrets import Secret

from ..notifiers.opening import EMAIL as SETTINGS  # noqa: TID252 – tests of one tree
from ..notifiers.opening import opened  # noqa: TID252

HOUR = 3600 * SECOND


@dataclass
class Office:
    """A postman whose clock stands still."""

    postman: Postman
    writer: Writer
    waiting: Callable[[], int]
    now: int = 1_767_700_800 * SECOND

    def post(self) -> None:
        """Put a letter on its way."""
        letter = Letter(EMAIL, "guest@example.org", Text("The doors open again", "All is well."))
        self.writer.run(lambda t: post(t, [letter])).result(10)

    def go_on(self, hours: float) -> None:
        """Let time go by, and the postman send what is due."""
        until = self.now + round(hours * HOUR)
        while self.now < until:
            self.now += 60 * SECOND
            self.postman._send_due()


@contextmanager
def office(store_url: str, policy: Policy, server: str) -> Iterator[Office]:
    """Give an office whose mail server is somewhere."""
    host, _, port = server.partition("//")[2].partition(":")
    mail = opened(SETTINGS.replace("HOST", host).replace("PORT", port))
    assert isinstance(mail, EmailChannel)
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    readers = reader_engine(store_url)
    found: list[Office] = []
    writer = Writer(engine, Rules(policy, 0), Counts(), lambda: found[0].now, lambda: None)
    bag = Bag(mail, "https://status.example.com", Seals(Secret("a key of these tests")))

    def waiting() -> int:
        with readers.connect() as connection:
            return letters_waiting(connection)

    postman = Postman(bag, writer, readers, lambda: found[0].now, lambda: 0.0)
    found.append(Office(postman, writer, waiting))
    writer.start()
    try:
        yield found[0]
    finally:
        writer.stop()
        readers.dispose()
        engine.dispose()


def test_a_mail_server_that_is_down_for_an_hour_delays_a_letter(
    store_url: str, policy: Policy
) -> None:
    down = [kit.turning_away(451)]
    serve = lambda _asked: down[0] if down else kit.taking()  # noqa: E731 – a provider that recovers
    with kit.mail_provider(serve) as provider, office(store_url, policy, provider.url) as made:
        made.post()
        made.go_on(1)
        tries = len(provider.asked)
        assert 5 <= tries <= 15
        assert made.waiting() == 1
        down.clear()
        made.go_on(1)
        assert made.waiting() == 0
        assert len(provider.asked) == tries + 1, "it is sent once"


def test_what_could_not_be_sent_for_a_day_is_given_up(store_url: str, policy: Policy) -> None:
    with (
        kit.mail_provider(kit.turning_away(451)) as provider,
        office(store_url, policy, provider.url) as made,
    ):
        made.post()
        made.go_on(25)
        assert made.waiting() == 0
        tries = len(provider.asked)
        assert tries > 90
        made.go_on(2)
        assert len(provider.asked) == tries
