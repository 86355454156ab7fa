"""Values that a step takes out of an answer, for later steps."""

from collections.abc import Mapping
from dataclasses import dataclass

from jsonpath import JSONPath
from sothat.exporters.network.browser import Browser, Visit
from sothat.exporters.network.expectations import as_text, find, json_path, parsed
from sothat.exporters.network.expressions import Expression, expression
from sothat.exporters.source import PollFailed, Settings

_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Extraction:
    """Where one value is; one of the four is set."""

    json: JSONPath | None
    regex: Expression | None
    header: str
    cookie: str

    def value(self, visit: Visit, browser: Browser) -> str | None:
        """Return the value, None where the answer has none.

        Raises:
            PollFailed: The answer is not of the kind that has any.
        """
        if self.json:
            found = find(self.json, parsed(visit))
            return as_text(found[0]) if found else None
        if self.regex:
            groups = self.regex.search(visit.text)
            return groups[min(1, len(groups) - 1)] if groups else None
        return visit.headers.get(self.header) if self.header else browser.cookie(self.cookie)


def open_extractions(settings: Settings) -> Mapping[str, Extraction]:
    """Return the setting ``extract``.

    Raises:
        Unusable: An expression or a path in it is none.
    """
    path = [*settings.path, "extract"]
    return {
        name: _extraction(Settings(settings.document, [*path, name]))
        for name in settings.values.get("extract", {})
    }


def _extraction(own: Settings) -> Extraction:
    values = own.values
    return Extraction(
        json_path(own, "json") if "json" in values else None,
        expression(own, "regex"),
        values.get("header", ""),
        values.get("cookie", ""),
    )


def extract(wanted: Mapping[str, Extraction], visit: Visit, browser: Browser) -> Mapping[str, str]:
    """Return all values.

    Raises:
        PollFailed: One is not there.
    """
    found = {}
    for name, one in wanted.items():
        value = one.value(visit, browser)
        if value is None:
            raise PollFailed("content", f"the answer has no '{name}'")
        if len(value) > _LONGEST:
            raise PollFailed("size", f"'{name}' is longer than {_LONGEST} characters")
        found[name] = value
    return found
