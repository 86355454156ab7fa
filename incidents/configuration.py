"""The configuration, ``kind: Incidents``: all of it read and checked before anything starts.

A section lives in a module of its own in `settings`; its field stands in `Settings`, and it is
listed in `sections`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.incidents.channels import Bound, notifiers
from sothat.incidents.communication.book import Book
from sothat.incidents.directory import Directory
from sothat.incidents.incident import FlapRule
from sothat.incidents.notification import Notifier
from sothat.incidents.notifiers.email import EmailChannel
from sothat.incidents.reconciler.reconciler import Task
from sothat.incidents.settings import (
    acknowledgement,
    api,
    channels,
    client_label,
    close_after,
    communication,
    conversation,
    external_url,
    flapping,
    heartbeat,
    identity,
    letters,
    listen,
    mail_server,
    major,
    metrics,
    oidc,
    people,
    policy,
    reconcile,
    reopen_window,
    reports_in,
    resolve_after,
    retention,
    reviews,
    runbooks,
    sessions,
    sources,
    status_page,
    store,
    trackers,
    watchdogs,
    web_config_file,
    webhook,
    workers,
)
from sothat.incidents.settings.conversation import ConversationSettings
from sothat.incidents.settings.heartbeat import HeartbeatSettings
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.settings.oidc import OidcSettings
from sothat.incidents.settings.people import Contacts
from sothat.incidents.settings.reports_in import ReportSettings
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.settings.section import Section, Source, read_all, schema_of
from sothat.incidents.settings.sessions import SessionRules
from sothat.incidents.settings.status_page import StatusPageSettings
from sothat.incidents.sources.source import Source as Alerting
from sothat.incidents.store.retention import Retention
from sothat.incidents.tickets.synchroniser import Bound as BoundTracker
from sothat.incidents.tickets.tracker import System, systems
from sothat.model.policy import Policy, Priority
from sothat.model.problem import Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.runtime.secrets import Secret
from sothat.runtime.serving import Address


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration, every default and path resolved.

    Attributes:
        store_url: ``sqlite:///`` and an absolute path, or ``postgresql://`` (a secret).
        site: The folder of the site that ``sothat site`` made of the runbooks, if any.
        sources: Who else sends alerts, by name.
        web_config_file: How connections are secured; None: plain HTTP.
        hold: Seconds without a firing alert before an incident resolves by itself.
        identity: Labels that make alerts one incident; None: the message's own group.
        reopen_window: Seconds after its resolution in which alerts open an incident again.
        close_after: Seconds after its resolution until an incident closes; None: never.
        lapses_after: Nanoseconds for which an acknowledgement holds without an update.
        client_label: The label that names the client.
        conversation: How messages can be answered; None: without signed links.
        external_url: Where people reach the service, without a slash at the end.
        heartbeat: Where the service's own sign of life goes, if anywhere.
        communication: What is said to whom outside; without services where there is no file of it.
        letters: The way to the mail server for people outside, if there is one.
        reports: How people report something.
        trackers: The ticket systems, ready to be asked.
        watchdogs: Nanoseconds for which a source may be silent, by its name.
        major: When an incident is proposed as a major one, and how it is led then.
        reviews: Which incidents want a review, and how its follow-ups are reminded of.
        api_token: Wanted from callers of API and pages; None: whoever reaches the port may, unless
            there is a provider to sign in with.
        metrics_token: Wanted from whoever reads the metrics; None: nothing is.
        oidc: The provider that people sign in with; None: there is none.
        session: How long browsers stay signed in.
    """

    document: Document
    listen: Address
    store_url: Secret
    workers: int
    retention: Retention
    policy: Policy
    runbooks: Path
    site: Path | None
    webhook_token: Secret
    sources: Mapping[str, Alerting]
    web_config_file: Path | None
    api_token: Secret | None
    metrics_token: Secret | None
    oidc: OidcSettings | None
    session: SessionRules
    hold: float
    identity: tuple[str, ...] | None
    reopen_window: float
    close_after: float | None
    flapping: FlapRule
    lapses_after: Mapping[Priority, int]
    client_label: str
    channels: Bound
    contacts: Contacts
    last_resort: tuple[str, ...]
    conversation: ConversationSettings | None
    external_url: str
    reconcile: tuple[Task, ...]
    heartbeat: HeartbeatSettings | None
    watchdogs: Mapping[str, int]
    major: MajorRules
    reviews: ReviewRules
    trackers: tuple[BoundTracker, ...]
    communication: Book
    status_page: StatusPageSettings
    letters: EmailChannel | None
    reports: ReportSettings

    @property
    def directory(self) -> Directory:
        """Return all ways to people."""
        return Directory(
            channels={**self.channels.opened, **self.contacts.opened},
            people=self.contacts.people,
            duty=self.channels.duty,
            fallbacks=self.channels.fallbacks,
            last_resort=self.last_resort,
            links=self.conversation.links if self.conversation else None,
        )


def sections(
    known: Mapping[str, Notifier], tracking: Mapping[str, System]
) -> Sequence[Section[Any]]:
    """Return all sections, with some types of channels and of trackers."""
    return (
        listen.SECTION,
        external_url.SECTION,
        store.SECTION,
        policy.SECTION,
        runbooks.RUNBOOKS,
        runbooks.SITE,
        workers.SECTION,
        retention.SECTION,
        webhook.SECTION,
        sources.SECTION,
        web_config_file.SECTION,
        api.SECTION,
        metrics.SECTION,
        oidc.SECTION,
        sessions.SECTION,
        resolve_after.SECTION,
        identity.SECTION,
        reopen_window.SECTION,
        close_after.SECTION,
        flapping.SECTION,
        acknowledgement.SECTION,
        client_label.SECTION,
        reconcile.SECTION,
        heartbeat.SECTION,
        watchdogs.SECTION,
        major.SECTION,
        reviews.SECTION,
        channels.section(known),
        channels.LAST_RESORT,
        people.section(known),
        trackers.section(tracking),
        communication.SECTION,
        status_page.SECTION,
        letters.section(known),
        reports_in.SECTION,
        conversation.SECTION,
    )


def load_settings(
    path: Path,
    environment: Mapping[str, str],
    data: Path | None = None,
    listen: str | None = None,
    alertmanagers: Sequence[str] = (),
    mail: str | None = None,
) -> Settings:
    """Read a configuration.

    Args:
        path: The YAML file.
        environment: Variables that secrets may name.
        data: Folder of the relative paths; default: the configuration's.
        listen: Overrides the configuration's address.
        alertmanagers: Override the peers of the first entry of ``reconcile``.
        mail: ``HOST:PORT`` of the mail server by which all e-mail goes, whatever is configured.

    Raises:
        Unusable: It cannot be used; all problems that were found at once.
    """
    document, known = _document(path, mail)
    source = Source(document, environment, data or path.parent, listen, tuple(alertmanagers))
    return Settings(document=document, **read_all(known, source))


def load_store(path: Path, environment: Mapping[str, str], data: Path | None = None) -> str:
    """Return the store's URL alone, whatever of the rest is not there.

    Raises:
        Unusable: The configuration or its ``store`` cannot be used.
    """
    document, _ = _document(path)
    return store.SECTION.read(Source(document, environment, data or path.parent)).reveal()


def _document(path: Path, mail: str | None = None) -> tuple[Document, Sequence[Section[Any]]]:
    """Return a configuration whose shape is right, and the sections that it may have."""
    document = load_document(path)
    known = sections(mail_server.by_server(notifiers(), mail), systems())
    problems = validate(document, schema_of(known))
    if problems:
        raise Unusable(problems)
    return document, known
