"""All that pages are made of, by the name of the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from sothat.generator.runbooks.related import Relations, relations_of
from sothat.generator.runbooks.sections import Section, sections_of
from sothat.generator.values import Values
from sothat.model.alert import Alert, Catalogue
from sothat.model.runbook import Message, Runbook

INDEX = "index"
# The page that the alerts' own pages lead to when an incident grows; a catalogue may have none.
MAJOR_INCIDENT = "major-incident"


@dataclass(frozen=True)
class Library:
    """The sources of a run's runbooks.

    Attributes:
        notes: Hand-written Markdown by the alert's name.
        pages: Hand-written runbooks and messages.
        panels: Where the figure of an alert is drawn, by its name.
    """

    catalogue: Catalogue
    values: Values
    notes: Mapping[str, str]
    pages: tuple[Runbook | Message, ...]
    panels: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def relations(self) -> Relations:
        """Return what connects the alerts."""
        return relations_of(self.catalogue.alerts)

    @cached_property
    def alerts(self) -> Mapping[str, Alert]:
        """Return the alerts by name."""
        return self.relations.by_name

    @cached_property
    def written(self) -> Mapping[str, Runbook | Message]:
        """Return the hand-written pages by name."""
        return MappingProxyType({page.name: page for page in self.pages})

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all pages."""
        return frozenset((*self.alerts, *self.written, INDEX))

    def sections(self, alert: str) -> tuple[Section, ...]:
        """Return the sections of an alert's notes."""
        return sections_of(self.notes.get(alert, ""))
