"""Regular expressions on what strangers send: RE2, whose time grows with the text only."""

from collections.abc import Sequence
from dataclasses import dataclass

import re2
from sothat.exporters.source import Settings

EXPRESSION_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 10_000}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression."""

    text: str

    def search(self, text: str) -> Sequence[str] | None:
        """Return the whole match and its groups, None where there is none."""
        found = re2.search(self.text, text)
        return None if found is None else [found.group(0), *(one or "" for one in found.groups())]


def expression(settings: Settings, setting: str) -> Expression | None:
    """Return the expression of a setting; None where it is not set.

    Raises:
        Unusable: It is none.
    """
    text = settings.values.get(setting)
    if text is None:
        return None
    options = re2.Options()
    options.log_errors = False  # else it writes them to standard error itself
    try:
        re2.compile(text, options)
    except re2.error as error:
        message = f"not a regular expression of RE2: {error}"
        raise settings.unusable("bad-format", message, setting) from error
    return Expression(text)
