"""Extension of Python-Markdown: HTML in a page is text, as the incident service shows it too.

Without it a note could bring a script of its own into the site.
"""

from typing import Any

from markdown import Markdown
from markdown.extensions import Extension


class PlainMarkdown(Extension):
    """Takes out what would pass HTML on."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 – the name that is called
        """Take block and inline HTML out of a parser."""
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")


def makeExtension(**settings: Any) -> PlainMarkdown:  # noqa: N802 – the name that is looked for
    """Return the extension."""
    return PlainMarkdown(**settings)
