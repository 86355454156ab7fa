"""The pages of hand-written runbooks and of message templates."""

from collections.abc import Iterator

from sothat.generator.conventions import MESSAGE_PARTS
from sothat.generator.runbooks.markdown import NOTE, bullets, code, joined, table
from sothat.generator.runbooks.steps import steps_list
from sothat.model.runbook import Message, Runbook


def written_page(page: Runbook | Message) -> str:
    """Return the page."""
    return joined(_message(page) if isinstance(page, Message) else _runbook(page))


def _runbook(page: Runbook) -> Iterator[str]:
    yield NOTE
    yield f"# {page.title}"
    yield table((("When", page.when), ("Who", page.owner), ("Done when", page.outcome)))
    if page.before:
        yield "## Before you start"
        yield bullets(page.before)
    yield "## Steps"
    yield steps_list(page.steps)
    if page.decisions:
        yield "## Decisions"
        yield bullets(f"**{decision.if_}** {decision.then}" for decision in page.decisions)
    if page.troubleshooting:
        yield "## Troubleshooting"
        yield bullets(f"**{trouble.sign}** {trouble.remedy}" for trouble in page.troubleshooting)
    yield page.notes


def _message(page: Message) -> Iterator[str]:
    yield NOTE
    yield f"# {page.title}"
    yield table((("When", page.when), ("Who", page.owner), ("To", page.audience)))
    yield "## Text"
    yield code(message_text(page), "text")
    if page.advice:
        yield "## Mind"
        yield page.advice


def message_text(page: Message) -> str:
    """Return the text to copy: subject, then the six parts."""
    parts = (f"{MESSAGE_PARTS[key].upper()}\n{text.strip()}" for key, text in page.sections.items())
    return "\n\n".join((f"Subject: {page.subject}", *parts))
