"""What a scraper can read: format and compression from its headers."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A format of expositions.

    Attributes:
        end: What closes an exposition.
    """

    content_type: str
    end: bytes = b""


TEXT = Form("text/plain; version=0.0.4; charset=utf-8")
OPENMETRICS = Form("application/openmetrics-text; version=1.0.0; charset=utf-8", b"# EOF\n")

# What we write, by media type and the versions that may be asked for; "" is none.
_WRITTEN = {
    "application/openmetrics-text": (OPENMETRICS, ("", "1.0.0")),
    "text/plain": (TEXT, ("", "0.0.4")),
    "text/*": (TEXT, ("",)),
    "*/*": (TEXT, ("",)),
}


def choose_form(accept: str) -> Form:
    """Return the format that an ``Accept`` header likes best; of equals, the first named."""
    best, liking = TEXT, 0.0
    for media, parameters, quality in _weighed(accept):
        form, versions = _WRITTEN.get(media, (TEXT, ()))
        if parameters.get("version", "") in versions and quality > liking:
            best, liking = form, quality
    return best


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether an ``Accept-Encoding`` header allows gzip."""
    qualities = {coding: quality for coding, _, quality in _weighed(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _weighed(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the elements of a header: name, parameters, quality between 0 and 1."""
    for element in header.split(","):
        name, *rest = (part.strip() for part in element.split(";"))
        pairs = (part.partition("=") for part in rest)
        parameters = {key.strip().lower(): value.strip() for key, _, value in pairs}
        yield name.lower(), parameters, _quality(parameters.get("q", "1"))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
