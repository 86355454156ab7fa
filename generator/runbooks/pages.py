"""All pages of a run."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.draft import Draft
from sothat.generator.runbooks.addresses import localised, localised_alert, localised_page
from sothat.generator.runbooks.alert_page import alert_page
from sothat.generator.runbooks.index_page import index_page
from sothat.generator.runbooks.library import INDEX, Library
from sothat.generator.runbooks.links import with_boards
from sothat.generator.runbooks.written_page import written_page


def library_of(run: Draft | CheckedCatalogue) -> Library:
    """Return what the pages of a run are made of."""
    change = localised(run.values)
    alerts = tuple(localised_alert(alert, change) for alert in run.catalogue.alerts)
    notes = {name: change(notes.text) for name, notes in run.notes.items()}
    return Library(
        catalogue=replace(run.catalogue, alerts=alerts),
        values=run.values,
        notes=MappingProxyType(notes),
        pages=tuple(localised_page(page, change) for page in run.runbooks),
        panels=run.dashboard_urls,
    )


def names_of(library: Library) -> tuple[str, ...]:
    """Return the name of every page."""
    return (*library.alerts, *library.written, INDEX)


def pages_of(library: Library) -> Iterator[tuple[str, str]]:
    """Yield name and Markdown of every page."""
    for name in names_of(library):
        yield name, page_of(name, library)


def page_of(name: str, library: Library) -> str:
    """Return the Markdown of a page that the library has."""
    return with_boards(_page(name, library), library.values)


def _page(name: str, library: Library) -> str:
    if name in library.alerts:
        return alert_page(library.alerts[name], library)
    return written_page(library.written[name]) if name in library.written else index_page(library)
