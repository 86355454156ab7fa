"""``people``: the file of those who can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sothat.incidents.channels import contact_schema, open_at
from sothat.incidents.notification import Channel, Notifier
from sothat.incidents.people import People, people_in, people_schema
from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.model.problem import Unusable
from sothat.runtime.documents import load_document
from sothat.runtime.schema import validate


@dataclass(frozen=True, slots=True)
class Contacts:
    """People, and their contacts ready to send, by ``user/contact``."""

    people: People = field(default_factory=People)
    opened: Mapping[str, Channel] = field(default_factory=lambda: MappingProxyType({}))


def section(known: Mapping[str, Notifier]) -> Section[Contacts]:
    """Return the section for some types of contacts."""

    def read(source: Source) -> Contacts:
        path = source.node("people")
        return read_contacts(source, path, known) if path else Contacts()

    return Section("contacts", "people", PATH_SCHEMA, read)


def read_contacts(source: Source, path: str, known: Mapping[str, Notifier]) -> Contacts:
    """Return the people of a file, their contacts ready to send.

    Raises:
        Unusable: The file cannot be used; one problem for each finding, with its place in it.
    """
    document = load_document(source.folder / path)
    problems = validate(document, people_schema(contact_schema(known)))
    if problems:
        raise Unusable(problems)
    people = people_in(document)
    paths = {
        user.channel(contact): ("users", user.name, "contacts", contact)
        for user in people.users.values()
        for contact in user.contacts
    }
    opened = open_at(document, paths, known, source.environment, source.folder)
    return Contacts(people, opened)
