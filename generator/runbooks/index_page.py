"""The index: what people look for in a hurry first."""

from collections.abc import Iterator, Sequence

from sothat.generator.runbooks.library import Library
from sothat.generator.runbooks.markdown import NOTE, bullets, joined, link, page_link
from sothat.model.alert import Alert
from sothat.model.runbook import Category, Message, Runbook

_HEADINGS = {
    Category.EMERGENCY: "Emergencies",
    Category.ROUTINE: "Routine",
    Category.REVIEW: "After an incident",
}


def index_page(library: Library) -> str:
    """Return the page."""
    return joined(_blocks(library))


def _blocks(library: Library) -> Iterator[str]:
    yield NOTE
    yield "# Runbooks"
    yield from _written(library.pages, Category.EMERGENCY)
    yield from _messages(library.pages)
    for domain in sorted({alert.domain for alert in library.catalogue.alerts}):
        yield f"## Alerts: {domain}"
        alerts = (alert for alert in library.catalogue.alerts if alert.domain == domain)
        yield bullets(_line(alert) for alert in sorted(alerts, key=_urgency))
    yield from _written(library.pages, Category.ROUTINE)
    yield from _written(library.pages, Category.REVIEW)


def _urgency(alert: Alert) -> tuple[str, str]:
    return (alert.action.priority.value, alert.name)


def _line(alert: Alert) -> str:
    return f"{page_link(alert.name)} ({alert.action.priority}) – {alert.summary}"


def _written(pages: Sequence[Runbook | Message], category: Category) -> Iterator[str]:
    found = [p for p in pages if isinstance(p, Runbook) and p.category is category]
    if found:
        yield f"## {_HEADINGS[category]}"
        yield bullets(_entry(page) for page in sorted(found, key=lambda page: page.title))


def _messages(pages: Sequence[Runbook | Message]) -> Iterator[str]:
    found = [page for page in pages if isinstance(page, Message)]
    if found:
        yield "## What to say"
        yield bullets(_entry(page) for page in found)


def _entry(page: Runbook | Message) -> str:
    return f"{link(page.title, f'{page.name}.md')} – {page.when}"
