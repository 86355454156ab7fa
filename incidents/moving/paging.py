"""Exports that are not whole: further pages that were not given, and answers with errors in them.

Each system tells of further pages in its own way. What is told is the same for all: whoever runs
the import has to know that somebody may be missing.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from sothat.incidents.moving.neutral import Loss
from sothat.incidents.moving.reading import Node

# Lists of lists of pages, and pages by the name of what is listed, lie no deeper.
_DEEPEST = 4


def cut_short(exports: Sequence[Node]) -> Iterator[Loss]:
    """Yield a loss for each list that goes on in pages not given, and for each answer with errors.

    Args:
        exports: The roots of the files.
    """
    answers = [answer for export in exports for answer in _answers(export, 0)]
    for find in (_by_offset, _by_address, _by_cursor):
        for place in find(answers):
            what = "further pages of it are not given: who is on them is missing"
            yield Loss(place, what, "fetch them, too, and give all files at once")
    for answer in answers:
        if isinstance(answer.value.get("errors"), list) and answer.value["errors"]:
            what = "the answer has errors: what they are about is missing"
            yield Loss(answer.child("errors").place, what, "mend the request, and export it anew")


def _answers(node: Node, depth: int) -> Iterator[Node]:
    if isinstance(node.value, list) and depth < _DEEPEST:
        for item in node.listed():
            yield from _answers(item, depth + 1)
    elif isinstance(node.value, dict):
        yield node
        for key, inner in node.value.items() if depth < _DEEPEST else ():
            if isinstance(inner, dict):
                yield from _answers(node.child(key), depth + 1)


def _by_offset(answers: Sequence[Node]) -> Iterator[str]:
    """Yield PagerDuty's: ``{"users": […], "offset": 0, "limit": 25, "more": true}``."""
    there, awaited = set(), {}
    for answer in answers:
        value = answer.value
        if "more" in value:
            listed = next((key for key, each in value.items() if isinstance(each, list)), "")
            offset, limit = (_whole(value.get(key)) for key in ("offset", "limit"))
            there.add((listed, offset))
            if value["more"] is True:
                awaited[listed, offset + limit] = answer.place
    yield from (place for page, place in awaited.items() if page not in there)


def _by_address(answers: Sequence[Node]) -> Iterator[str]:
    """Yield OnCall's and Opsgenie's, which have the addresses of the pages before and after.

    No page says its own. In a whole list as many have one before as have one after.
    """
    before: dict[str, set[str]] = {}
    after: dict[str, dict[str, str]] = {}
    for answer in answers:
        told = answer.value.get("paging")
        value = told if isinstance(told, dict) else answer.value
        for key in ("previous", "prev"):
            if isinstance(value.get(key), str):
                before.setdefault(_listed(value[key]), set()).add(value[key])
        if isinstance(value.get("next"), str) and value["next"]:
            after.setdefault(_listed(value["next"]), {})[value["next"]] = answer.place
    for listed, places in after.items():
        if len(places) > len(before.get(listed, ())):
            yield [*places.values()][-1]


def _by_cursor(answers: Sequence[Node]) -> Iterator[str]:
    """Yield GoAlert's: ``{"data": {"users": {"nodes": […], "pageInfo": {"hasNextPage": …}}}}``."""
    ended, going_on = set(), {}
    for answer in answers:
        data = answer.value.get("data")
        for key, each in data.items() if isinstance(data, dict) else ():
            info = each.get("pageInfo") if isinstance(each, dict) else None
            if isinstance(info, dict) and info.get("hasNextPage") is True:
                going_on[key] = answer.child("data").child(key).place
            else:
                ended.add(key)
    yield from (place for key, place in going_on.items() if key not in ended)


def _listed(address: str) -> str:
    """Return what an address of a page is one of."""
    try:
        return urlsplit(address).path
    except ValueError:
        return address


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
