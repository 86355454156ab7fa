"""All pages of a run."""

from collections.abc import Iterator
from types import MappingProxyType

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.draft import Draft
from sothat.generator.runbooks.alert_page import alert_page
from sothat.generator.runbooks.index_page import index_page
from sothat.generator.runbooks.library import INDEX, Library
from sothat.generator.runbooks.links import with_boards
from sothat.generator.runbooks.written_page import written_page


def library_of(run: Draft | CheckedCatalogue) -> Library:
    """Return what the pages of a run are made of."""
    notes = {name: notes.text for name, notes in run.notes.items()}
    texts = MappingProxyType(notes)
    return Library(run.catalogue, run.values, texts, run.runbooks, run.dashboard_urls)


def pages_of(library: Library) -> Iterator[tuple[str, str]]:
    """Yield name and Markdown of every page."""
    for name in (*library.alerts, *library.written, INDEX):
        yield name, page_of(name, library)


def page_of(name: str, library: Library) -> str:
    """Return the Markdown of a page that the library has."""
    return with_boards(_page(name, library), library.values)


def _page(name: str, library: Library) -> str:
    if name in library.alerts:
        return alert_page(library.alerts[name], library)
    return written_page(library.written[name]) if name in library.written else index_page(library)
