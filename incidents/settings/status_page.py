"""``status_page``: how the page presents itself, what is planned, and where its files go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.maintenance.reading import load_plan
from sothat.model.problem import Problem

_URL = {"type": "string", "pattern": "^https?://[^/]", "description": "an http or https URL"}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "url": _URL,
        "folder": PATH_SCHEMA,
        "maintenance": {
            "type": "object",
            "additionalProperties": False,
            "required": ["plan"],
            "properties": {"plan": PATH_SCHEMA, "records": PATH_SCHEMA},
        },
    },
}


@dataclass(frozen=True, slots=True)
class StatusPageSettings:
    """How the status page is.

    Attributes:
        url: Where people find it, without a slash at the end; empty: at the service itself.
        folder: Where its files are written besides; None: nowhere.
        plan: The plan of maintenance; None: none.
        records: Its record.
    """

    title: str = ""
    url: str = ""
    folder: Path | None = None
    plan: Path | None = None
    records: Path | None = None


def _read(source: Source) -> StatusPageSettings:
    node = source.node("status_page", {})
    planned = node.get("maintenance", {})

    def path(given: Mapping[str, Any], key: str) -> Path | None:
        return source.folder / given[key] if key in given else None

    plan = path(planned, "plan")
    if plan is not None:
        # Later a mistake in it only keeps the page as it was; at the start it is told.
        load_plan(plan)
    return StatusPageSettings(
        title=node.get("title", ""),
        url=node.get("url", "").rstrip("/"),
        folder=path(node, "folder"),
        plan=plan,
        records=path(planned, "records"),
    )


def _check(source: Source, _read: Mapping[str, Any]) -> Iterator[Problem]:
    if source.node("status_page") is not None and source.node("communication") is None:
        message = "the status page has no services to show"
        hint = "add 'communication: communication.yaml', a file of kind Communication"
        yield source.document.problem("missing-key", message, ["status_page"], key=True, hint=hint)


SECTION = Section("status_page", "status_page", _SCHEMA, _read, check=_check)
