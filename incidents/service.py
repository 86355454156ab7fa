"""The whole service put together: store, writer, outbox, faces."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from sothat.incidents.configuration import Settings
from sothat.incidents.conversation.mail_in import listener_of, mail_in
from sothat.incidents.counts import Counts
from sothat.incidents.exposition import Exposition
from sothat.incidents.heartbeat import Heartbeat
from sothat.incidents.incident import Rules
from sothat.incidents.letters.postman import Postman
from sothat.incidents.major.watch import Watch
from sothat.incidents.outbox import Outbox
from sothat.incidents.outside import Outside, outside_of
from sothat.incidents.reconciler.reconciler import Reconciler
from sothat.incidents.reviews.reminding import remind
from sothat.incidents.rounds import Rounds
from sothat.incidents.rules import rules_of
from sothat.incidents.runbooks import Runbooks
from sothat.incidents.site import Site
from sothat.incidents.sources.alertmanager import ALERTMANAGER
from sothat.incidents.sources.proofs import bearer
from sothat.incidents.status_page.publisher import Publisher
from sothat.incidents.store.engines import Presence, presence, reader_engine, writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.outbox import release_leases
from sothat.incidents.sweeper import Sweeper
from sothat.incidents.tickets.synchroniser import Synchroniser
from sothat.incidents.watching import Watching
from sothat.incidents.web.assembly import Base, make_app
from sothat.incidents.web.desk import Desk, OwnDesk
from sothat.incidents.web.front import Front
from sothat.incidents.web.relay import Relay
from sothat.incidents.web.together import Ways
from sothat.incidents.web.webhook import Webhook
from sothat.incidents.writer import Writer
from sothat.model.problem import Unusable
from sqlalchemy import Engine

# What has a thread of its own, and ends with the service.
_Task = Reconciler | Watching | Heartbeat | Synchroniser | Publisher | Postman | Rounds
# How long a notification under way may hold up the end of the process, in seconds.
_PATIENCE = 0.25
# How often it is looked for what is to be proposed, and what is to be reminded of.
_LEADING_SECONDS, _REMINDING_SECONDS = 5.0, 60.0


def prepare(settings: Settings) -> None:
    """Bring the store's schema up to date, and leave it.

    Raises:
        Unusable: The store cannot be used.
    """
    url = settings.store_url.reveal()
    present, engine = presence(url), writer_engine(url)
    try:
        _make_ready(engine, url, present, time.time_ns())
    finally:
        engine.dispose()
        present.release()


def _make_ready(engine: Engine, url: str, present: Presence, now: int) -> None:
    migrate(engine, url)
    if present.alone:
        release_leases(engine, now)
    present.settle()


class Service:
    """Opened on a configuration, it owns the store until it is closed."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], int] = time.time_ns,
        chance: Callable[[], float] = random.random,
        relay: str = "",
    ) -> None:
        """Open the store and bring its schema up to date.

        Args:
            settings: The configuration.
            clock: Gives nanoseconds.
            chance: Gives a number from 0 to 1.
            relay: The name by which several processes bring their messages together; see `Relay`.

        Raises:
            Unusable: The store cannot be used.
        """
        listener = listener_of(settings)
        url = settings.store_url.reveal()
        self._present = presence(url)
        self._writing = writer_engine(url)
        try:
            _make_ready(self._writing, url, self._present, clock())
        except Unusable:
            self._release()
            raise
        self._readers = reader_engine(url)
        counts = Counts()
        rules = rules_of(settings)
        self._writer = Writer(self._writing, rules, counts, clock, self._wake, self._readers)
        self._outbox = Outbox(
            settings.directory,
            self._writer,
            self._readers,
            settings.external_url,
            clock,
            chance,
            rules.roster,
        )
        outside = outside_of(settings, self._writer, self._readers, clock, chance)
        tracking = tuple(one.terms.name for one in settings.trackers)
        self._tasks: list[_Task] = [
            *(Reconciler(task, self._readers, self._writer, clock) for task in settings.reconcile),
            Watching(settings.watchdogs, self._readers, self._writer, settings.policy.owner, clock),
            Heartbeat(settings.heartbeat, self._writer, counts),
            *self._rounds(settings),
            *(
                Synchroniser(one, tracking, self._readers, self._writer, clock, chance)
                for one in settings.trackers
            ),
            *outside.tasks,
        ]
        self._mail_in = mail_in(listener, settings, self._writer, clock)
        self._sweeper = Sweeper(settings.retention, self._writer)
        self.app = self._make_app(settings, counts, rules, clock, relay, outside)

    def _rounds(self, settings: Settings) -> Iterator[Rounds]:
        """Yield what asks people for what is due."""
        yield Rounds([Watch(settings.major).look], _LEADING_SECONDS, self._writer)
        remind_owners = partial(remind, rules=settings.reviews)
        yield Rounds([remind_owners], _REMINDING_SECONDS, self._writer)

    def start(self) -> None:
        """Start writer and outbox."""
        self._writer.start()
        self._outbox.start()
        self._sweeper.start()
        for task in (*self._tasks, *self._mail_in):
            task.start()

    def close(self) -> None:
        """Stop the outbox, finish what waits to be written, close the store."""
        for task in (*self._tasks, *self._mail_in):
            task.stop(_PATIENCE)
        self._sweeper.stop()
        self._outbox.stop(_PATIENCE)
        self._writer.stop()
        self._readers.dispose()
        self._release()

    def _release(self) -> None:
        self._writing.dispose()
        self._present.release()

    def _wake(self) -> None:
        self._outbox.wake()

    def _make_app(
        self,
        settings: Settings,
        counts: Counts,
        rules: Rules,
        clock: Callable[[], int],
        relay: str,
        outside: Outside,
    ) -> Front:
        exposition = Exposition(
            counts,
            self._readers,
            settings.policy,
            settings.directory.labels,
            [task.source for task in settings.reconcile],
            clock,
            [one.terms.name for one in settings.trackers],
        )
        rest = make_app(
            Base(
                writer=self._writer,
                readers=self._readers,
                rules=rules,
                counts=counts,
                exposition=exposition,
                runbooks=Runbooks(settings.runbooks),
                site=Site(settings.site),
                forms=settings.webhook_token,
                token=settings.api_token,
                metrics_token=settings.metrics_token,
                oidc=settings.oidc,
                session=settings.session,
                external_url=settings.external_url,
                clock=clock,
                ways=Ways(settings.major, settings.reviews),
                directory=settings.directory,
                outside=outside,
            )
        )
        main = replace(ALERTMANAGER, early=(bearer(settings.webhook_token),))
        sources = {main.name: main, **settings.sources}
        desk: Desk = OwnDesk(self._writer, sources)
        if relay:
            desk = Relay(desk, relay)
        return Front(Webhook(desk, counts, sources, clock), rest)
