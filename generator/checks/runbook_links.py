"""Links of runbooks that lead nowhere, and pages that would cover each other."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.generator.runbooks.library import INDEX, Library
from sothat.generator.runbooks.links import BOARD, anchors, targets
from sothat.generator.runbooks.pages import library_of, page_of
from sothat.generator.runbooks.passages import Passage, markdown_passages
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem

# What the incident service's addresses may hold.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)
_EXTERNAL = ("http", "https")
_SUFFIX = ".md"


def find(draft: Draft) -> Iterator[Problem]:
    """Yield the links that lead nowhere, and the pages whose names cannot stand."""
    yield from _names(draft)
    library = library_of(draft)
    boards = {board.uid for board in draft.boards}
    for passage in markdown_passages(draft):
        for target in dict.fromkeys(targets(passage.text)):
            problem = _judged(target, passage, library, boards)
            if problem:
                yield draft.sources.complete(problem)


def _names(draft: Draft) -> Iterator[Problem]:
    taken = {alert.name.casefold(): "an alert" for alert in draft.catalogue.alerts}
    taken[INDEX] = "the index"
    for page in draft.runbooks:
        if not _NAME.fullmatch(page.name):
            hint = "letters, digits, _ and -: the name is part of the page's address"
            message = f"'{page.name}' cannot name a page"
            yield Problem("bad-page-name", message, page.position, hint)
        other = taken.setdefault(page.name.casefold(), f"{page.position.file}")
        if other != page.position.file:
            message = f"the page '{page.name}' is {other} already"
            yield Problem("duplicate-page", message, page.position, "rename the file")


def _judged(target: str, passage: Passage, library: Library, boards: set[str]) -> Problem | None:
    message, hint = _fault(target, passage.page, library, boards)
    if not message:
        return None
    at = passage.text.find(target)
    return Problem("dead-link", message, passage.place(max(at, 0)), hint, rule=passage.page)


def _fault(target: str, page: str, library: Library, boards: set[str]) -> tuple[str, str]:
    """Return what is wrong with a link and what to do about it, empty texts for nothing."""
    if target.startswith(BOARD):
        uid = target.removeprefix(BOARD)
        return ("", "") if uid in boards else (f"no board '{uid}'", did_you_mean(uid, boards))
    try:
        parts = urlsplit(target)
    except ValueError as error:
        return f"'{target}' is no address: {error}", ""
    if parts.scheme or parts.netloc:
        return _external(target)
    return _internal(parts.path, parts.fragment, page, library)


def _external(target: str) -> tuple[str, str]:
    parts = urlsplit(target)
    if parts.scheme == "mailto" and "@" in parts.path:
        return "", ""
    if parts.scheme in _EXTERNAL and parts.netloc and not re.search(r"\s", target):
        return "", ""
    hint = "link to another page (NAME.md), a board (board:UID), http, https or mailto"
    return f"'{target}' is no address that a page can lead to", hint


def _internal(path: str, anchor: str, page: str, library: Library) -> tuple[str, str]:
    name = path.removesuffix(_SUFFIX) if path else page
    if path and (not path.endswith(_SUFFIX) or name not in library.names):
        hint = (
            did_you_mean(name, library.names, suffix=_SUFFIX)
            or "pages are linked as NAME.md, all in one folder"
        )
        return f"the link leads nowhere: there is no page '{path}'", hint
    if not anchor or name not in library.names:
        return "", ""
    known = anchors(page_of(name, library))
    if anchor in known:
        return "", ""
    return f"the page '{name}' has no heading '#{anchor}'", did_you_mean(anchor, known)


CHECK = Check(codes=("dead-link", "duplicate-page", "bad-page-name"), find=find, binding=True)
