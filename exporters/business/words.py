"""The words of a query outside of its comments and quotes, as each kind of database reads it."""

import re
from collections.abc import Iterator, Mapping

# What MySQL and MariaDB run although it looks like a comment: /*! … */ and /*M! … */.
_EXECUTABLE = re.compile(r"/\*M?!")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_PLAIN = {"'": re.compile(r"'(?:[^']|'')*'"), '"': re.compile(r'"(?:[^"]|"")*"')}
_ESCAPED = {
    "'": re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\]|""|\\.)*"', re.DOTALL),
}
_BACKTICK = {"`": re.compile(r"`(?:[^`]|``)*`")}
_BRACKET = {"[": re.compile(r"\[[^\]]*\]")}
_QUOTES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "sqlite": {**_PLAIN, **_BACKTICK, **_BRACKET},
    "postgresql": _PLAIN,
    "mysql": {**_ESCAPED, **_BACKTICK},
}
DIALECTS = tuple(_QUOTES)


class Unclear(ValueError):  # noqa: N818 – it is named for what the text is
    """A quote or comment that does not end, or is not what it looks like."""


def words_of(sql: str, dialect: str) -> str:
    """Return a query with a space for each comment, quoted text and quoted name.

    Raises:
        Unclear: It cannot be told where one of these ends.
    """
    return "".join(_pieces(sql, dialect))


def _pieces(sql: str, dialect: str) -> Iterator[str]:
    if dialect == "mysql" and _EXECUTABLE.search(sql):
        raise Unclear("a comment that MySQL runs (/*! … */)")
    place = 0
    while place < len(sql):
        end = _hidden_end(sql, place, dialect)
        yield " " if end > place else sql[place]
        place = max(end, place + 1)


def _hidden_end(sql: str, place: int, dialect: str) -> int:
    """Return where what begins at a place and is no SQL of its own ends; the place: it is."""
    if sql.startswith("/*", place):
        return _comment_end(sql, place, nested=dialect == "postgresql")
    if _begins_line_comment(sql, place, dialect):
        end = sql.find("\n", place)
        return len(sql) if end < 0 else end
    if dialect == "postgresql" and (found := _DOLLAR.match(sql, place)):
        return _dollar_end(sql, found)
    return _quote_end(sql, place, dialect)


def _begins_line_comment(sql: str, place: int, dialect: str) -> bool:
    if dialect != "mysql":
        return sql.startswith("--", place)
    if sql.startswith("--", place):  # 1--1 is a sum there
        return sql[place + 2 : place + 3].strip() == ""
    return sql[place] == "#"


def _comment_end(sql: str, place: int, *, nested: bool) -> int:
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(sql, place):
        opens = mark.group() == "/*"
        depth = (depth + 1 if nested or not depth else depth) if opens else depth - 1
        if not depth:
            return mark.end()
    raise Unclear("a comment that does not end")


def _dollar_end(sql: str, start: re.Match[str]) -> int:
    end = sql.find(start.group(), start.end())
    if end < 0:
        raise Unclear("a quoted text that does not end")
    return end + len(start.group())


def _quote_end(sql: str, place: int, dialect: str) -> int:
    quotes = _QUOTES[dialect]
    pattern = quotes.get(sql[place])
    if pattern is None:
        return place
    if dialect == "postgresql" and _is_escape_string(sql, place):
        pattern = _ESCAPED["'"]
    found = pattern.match(sql, place)
    if found is None:
        raise Unclear("a quoted text that does not end")
    return found.end()


def _is_escape_string(sql: str, place: int) -> bool:
    """Return whether PostgreSQL reads backslashes here: E'…'."""
    before = sql[max(0, place - 2) : place]
    return sql[place] == "'" and re.search(r"(?:^|\W)[eE]$", before) is not None
