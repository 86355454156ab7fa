"""Runbook pages: one an alert, one a hand-written runbook or message, and the index."""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter, begun_first
from sothat.generator.runbooks.pages import library_of, pages_of
from sothat.model.artefact import Artefact


@begun_first
def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the pages."""
    for name, text in pages_of(library_of(checked)):
        yield Artefact(f"runbooks/{name}.md", text)


EMITTER: Emitter = emit
