"""The mark at the end of what we write in a ticket: by it we know our own words again. Pure.

It says which ticket it is of, and how far the incident's timeline has been told. Only a text that
ends with it is ours: whoever quotes us says something of their own below.
"""

import re
from dataclasses import dataclass

_MARK = re.compile(r"[(-] ?(sothat-[0-9a-f]+-\d+) (\d+)\.(\d+)(?:\)| -->)\s*\Z")
_ESCAPE = re.compile(r"\\(?=[-().<>!])")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a text of ours tells of.

    Attributes:
        key: Of the ticket.
        told: The last timeline entry that is told by it.
        answers: How many answers to people have been told by it and those before.
    """

    key: str
    told: int = 0
    answers: int = 0


def marked(text: str, mark: Mark, *, hidden: bool) -> str:
    """Return a text with its mark; hidden as a comment of HTML where the system shows Markdown."""
    inner = f"{mark.key} {mark.told}.{mark.answers}"
    return f"{text.rstrip()}\n\n" + (f"<!-- {inner} -->" if hidden else f"({inner})")


def mark_of(text: str) -> Mark | None:
    """Return the mark with which a text ends; None if it is not ours."""
    # A system that keeps rich text may give it back with signs escaped that mean nothing here.
    found = _MARK.search(_ESCAPE.sub("", text[-200:]))
    return Mark(found[1], int(found[2]), int(found[3])) if found else None
