"""A review as a page that stands for itself, and as a PDF."""

import re
from html import escape

from sothat.incidents.reviews.markdown import Whole, markdown, title
from sothat.incidents.runbooks import render
from sothat.runtime.pdf import pdf

# XML, and so PDF/UA, knows no such characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STYLE = """
@page { size: A4; margin: 20mm; @bottom-right { content: counter(page) " / " counter(pages); } }
body { font: 10.5pt/1.45 system-ui, "DejaVu Sans", sans-serif; color: #12161b; max-width: 46rem;
  margin: 0 auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.1rem; margin-top: 1.6rem; }
table { border-collapse: collapse; width: 100%; } td, th { border: 1px solid #cfd6df;
  padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }
thead:not(:has(th:not(:empty))) { display: none; }
blockquote { margin: 1rem 0; padding-left: 0.8rem; border-left: 0.2rem solid #0b57c4;
  color: #56626f; }
"""


def page(whole: Whole) -> str:
    """Return a review as an HTML page that needs nothing but itself."""
    content = render(printable(markdown(whole)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(printable(title(whole)))}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{content}</main>\n</body>\n</html>\n"
    )


def paper(whole: Whole) -> bytes:
    """Return a review as a tagged PDF.

    Raises:
        Unusable: The library that makes it is not there.
    """
    return pdf(page(whole))


def printable(text: str) -> str:
    """Return a text without what no document can hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
