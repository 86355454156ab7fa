"""Recording rules of documents whose shape is right."""

from sothat.model.alert import Recording
from sothat.model.duration import format_duration, parse_duration
from sothat.runtime.documents import Document

WINDOW = "$window"


def fill_window(text: str, window: float) -> str:
    """Return a query with its window in the placeholder's stead; without one as it is."""
    return text.replace(WINDOW, format_duration(window)) if window else text


def resolve_recording(document: Document, number: int) -> Recording:
    """Return the recording rule that stands at a place in a document.

    An environment's limits do not shorten its window: a mean over a day stays one.
    """
    data = document.data["recordings"][number]
    window = parse_duration(data["window"]) if "window" in data else 0.0
    return Recording(
        record=data["record"],
        expr=fill_window(data["expr"].strip(), window),
        unit=data.get("unit", ""),
        help=data["help"].strip(),
        labels=tuple(data["labels"]),
        position=document.position(["recordings", number, "expr"]),
        window_seconds=window,
        written=data["expr"].strip(),
        covers=tuple(data.get("covers", ())),
    )
