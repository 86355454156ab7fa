"""A page as a PDF, tagged for readers that read aloud."""

import importlib
from typing import Any

from sothat.model.problem import unusable

_HINT = (
    "pip install 'sothat[report]'; it needs Pango: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


def pdf(page: str) -> bytes:
    """Return a page as a PDF.

    Raises:
        Unusable: The library that makes it, or what it needs of the system, is not there.
    """
    try:
        weasyprint: Any = importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        message = f"no PDF without WeasyPrint: {error}"
        raise unusable("missing-driver", message, hint=_HINT) from error
    # Nothing is fetched: the page needs nothing but itself.
    made: bytes = weasyprint.HTML(string=page, url_fetcher=_nothing).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return made


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    if url.startswith("data:"):
        return {"string": b"", "mime_type": "text/plain"}
    raise ValueError(f"the page of a PDF fetches nothing: {url}")
