"""What a page of the site is made of, its words left aside: which pages stand for all of a sort."""

from collections.abc import Mapping
from html.parser import HTMLParser

# Elements that hold nothing and have no end.
_EMPTY = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
# What style sheets and rules of accessibility go by, beside an element's name and place.
_TELLING = ("class", "style", "role", "type", "scope")


class _Shapes(HTMLParser):
    """Each kind of element of a page: its name, what it says of itself, and all that it lies in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self._around: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = (f"{name}={value}" for name, value in sorted(attrs) if name in _TELLING)
        here = (tag, " ".join((tag, *said)))
        self.found.add((*(shown for _, shown in self._around), here[1]))
        if tag not in _EMPTY:
            self._around.append(here)

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._around]
        if tag in names:
            del self._around[len(names) - 1 - names[::-1].index(tag) :]


def shapes(text: str) -> frozenset[tuple[str, ...]]:
    """Return each kind of element of a page, with its place in it."""
    return frozenset(_Shapes(text).found)


def standing_for(pages: Mapping[str, str]) -> list[str]:
    """Return the names of few pages that have, together, every kind of element of all of them."""
    left = {name: set(shapes(text)) for name, text in sorted(pages.items())}
    chosen = []
    while any(left.values()):
        best = max(left, key=lambda name: len(left[name]))
        chosen.append(best)
        seen = set(left[best])
        left = {name: kinds - seen for name, kinds in left.items()}
    return chosen
