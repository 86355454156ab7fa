"""All that has to do with people outside: what they are told, the status page, their letters."""

from collections.abc import Callable
from dataclasses import dataclass

from sothat.incidents.communication.telling import Office
from sothat.incidents.configuration import Settings
from sothat.incidents.letters.postman import Bag, Postman
from sothat.incidents.letters.seals import Seals
from sothat.incidents.settings.reports_in import ReportSettings
from sothat.incidents.status_page.planned import Calendar
from sothat.incidents.status_page.publisher import Publisher
from sothat.incidents.status_page.rendering import Look
from sothat.incidents.writer import Writer
from sqlalchemy import Engine

_TITLE = "Status of our services"


@dataclass(frozen=True, slots=True)
class Outside:
    """What the faces for people outside stand on.

    Attributes:
        calendar: What is planned, for those who ask as themselves.
        publisher: Keeps the status page; None: no service has a public name, so there is none.
        mail: Whether e-mails can be sent.
        page: URL of the status page, without a slash at the end.
    """

    office: Office
    look: Look
    seals: Seals
    calendar: Calendar
    publisher: Publisher | None
    postman: Postman
    reports: ReportSettings
    mail: bool
    page: str

    @property
    def tasks(self) -> tuple[Publisher | Postman, ...]:
        """Return the threads."""
        return (self.postman, self.publisher) if self.publisher else (self.postman,)


def outside_of(
    settings: Settings,
    writer: Writer,
    readers: Engine,
    clock: Callable[[], int],
    chance: Callable[[], float],
) -> Outside:
    """Return it as a configuration wants it."""
    book, page = settings.communication, settings.status_page
    url = page.url or f"{settings.external_url}/status"
    people = settings.contacts.people.users
    office = Office(book, settings.policy, tuple(people), settings.external_url, url)
    mail = settings.letters is not None
    form = settings.reports.form == "public"
    look = Look(
        title=page.title or (f"Status: {book.signature}" if book.signature else _TITLE),
        zone=book.zone,
        url=url,
        mail=mail,
        report=f"{settings.external_url}/report" if form else "",
        action=f"{settings.external_url}/status/" if page.url else "",
    )
    seals = Seals(settings.webhook_token)
    calendar = Calendar(page.plan, page.records, settings.policy)
    publisher = Publisher(office, look, calendar, page.folder, writer, readers, clock)
    postman = Postman(Bag(settings.letters, url, seals), writer, readers, clock, chance)
    return Outside(
        office=office,
        look=look,
        seals=seals,
        calendar=calendar,
        publisher=publisher if book.services else None,
        postman=postman,
        reports=settings.reports,
        mail=mail,
        page=url,
    )
