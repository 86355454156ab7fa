"""What inference finds wrong, each kind once: code, words, hint."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is certainly wrong in an expression.

    Attributes:
        code: Kebab-case name, also the stem of its documentation page.
        offset: Where in the expression's text, counted from 0.
    """

    code: str
    message: str
    offset: int
    hint: str = ""
