"""``runbooks`` and ``site``: the pages that say what to do."""

from pathlib import Path

from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source


def _runbooks(source: Source) -> Path:
    return source.folder / str(source.node("runbooks"))


def _site(source: Source) -> Path | None:
    folder = source.node("site")
    return None if folder is None else source.folder / folder


RUNBOOKS = Section("runbooks", "runbooks", PATH_SCHEMA, _runbooks, required=True)
SITE = Section("site", "site", PATH_SCHEMA, _site)
