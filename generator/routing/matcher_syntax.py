"""Which syntax of matchers a release of Alertmanager reads."""

from collections.abc import Callable

from sothat.generator.routing import classic_syntax, utf8_syntax
from sothat.generator.routing.matcher import Matcher

Parser = Callable[[str], list[Matcher]]

classic: Parser = classic_syntax.parse_matchers
utf8: Parser = utf8_syntax.parse_matchers


def fallback(text: str) -> list[Matcher]:
    """Return matchers as releases since 0.27 read them unless told otherwise.

    Alertmanager reads both syntaxes; where they disagree, and where the newer one refuses, the
    classic one counts.

    Raises:
        ValueError: Neither reads it.
    """
    try:
        return classic(text)
    except ValueError as refused:
        try:
            return utf8(text)
        except ValueError:
            raise refused from None
