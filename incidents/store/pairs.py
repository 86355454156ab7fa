"""Pairs within JSON objects of texts, looked for by the database. Pure."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal, type_coerce


def carries(column: Any, pair: tuple[str, str]) -> ColumnElement[bool]:
    """Return whether a JSON object of texts has a pair."""
    name, value = pair
    return carries_text(column, literal(json.dumps({name: value}, separators=(",", ":"))[1:-1]))


def carries_text(column: Any, pair: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether a JSON object of texts has a pair that is given as its JSON text.

    The store writes JSON in one way only, in which a quotation mark within a text never stands
    without a backslash before it: the pair's own text between two commas is there only if the pair
    is. That is the same in every database, and quicker than taking the object apart.
    """
    raw = type_coerce(column, Text)
    bare = literal(",") + func.substr(raw, 2, func.length(raw) - 2) + literal(",")
    return func.replace(bare, literal(",") + pair + literal(","), "") != bare
