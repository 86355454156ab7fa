"""The table file: ``kind: Tables``, read strictly."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from sothat.exporters.business.form import TABLES
from sothat.exporters.business.query import fault_of, used_parameters
from sothat.exporters.business.tables.layout import Column, File, Http, Paging, Table, TablesFile
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

# What a request may name beside the file's own variables: since when rows are wanted.
MOMENTS = ("since", "since_iso", "since_minutes")
_DEFAULT_EVERY = "5m"
_DEFAULT_KEEP = "90d"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def load_tables(path: Path, variables: Mapping[str, Any] = _NOTHING) -> TablesFile:
    """Read a table file.

    Args:
        path: Of the file.
        variables: Values for its variables; those that have none keep the file's own.

    Raises:
        Unusable: It cannot be read, or some table cannot be filled.
    """
    document = load_document(path)
    problems = validate(document, TABLES)
    if not problems:
        problems = [*_unknown_variables(document, variables), *_unfit(document)]
    if problems:
        raise Unusable(problems)
    known = {**document.data.get("variables", {}), **variables}
    reader = _Reader(document, {name: str(value) for name, value in known.items()})
    tables = tuple(reader.table(name) for name in document.data["tables"])
    if reader.problems:
        raise Unusable(reader.problems)
    data = document.data
    return TablesFile(tables, data.get("views", {}), frozenset(data.get("lacks", ())), document)


def _unknown_variables(document: Document, variables: Mapping[str, Any]) -> Iterator[Problem]:
    known = document.data.get("variables", {})
    for name in variables:
        if name not in known:
            hint = f"known here: {', '.join(known)}" if known else "this file has no variables"
            message = f"'{name}' is no variable of the tables"
            yield document.problem("unknown-key", message, ("variables",), hint=hint)


def _unfit(document: Document) -> Iterator[Problem]:
    for name, entry in document.data["tables"].items():
        path = ("tables", name)
        if ("http" in entry) == ("file" in entry):
            message = f"'{name}' must have either 'http' or 'file'"
            yield document.problem("missing-key", message, path, key=True)
        for setting in ("key", "kept_by"):
            if setting in entry and entry[setting] not in entry["columns"]:
                message = f"'{entry[setting]}' is no column of '{name}'"
                yield document.problem("unknown-value", message, (*path, setting))
        yield from _unfit_columns(document, path, entry["columns"])
    yield from _unfit_views(document)


def _unfit_views(document: Document) -> Iterator[Problem]:
    for name, sql in document.data.get("views", {}).items():
        path = ("views", name)
        if name in document.data["tables"]:
            yield document.problem("name-clash", f"'{name}' is a table", path, key=True)
        if fault := fault_of(sql, ("sqlite",)) or _parameter_in(sql):
            yield document.problem("bad-query", fault, path)


def _parameter_in(sql: str) -> str:
    return "a view has no parameters" if used_parameters(sql) else ""


def _unfit_columns(
    document: Document, path: tuple[str, ...], columns: Mapping[str, Any]
) -> Iterator[Problem]:
    before: set[str] = set()
    for name, entry in columns.items():
        if isinstance(entry, dict) and entry.get("after", name) not in {*before, name}:
            message = f"'{entry['after']}' is no column before '{name}'"
            yield document.problem("unknown-value", message, (*path, "columns", name, "after"))
        before.add(name)


class _Reader:
    """Makes tables of checked data; collects what is wrong with expressions."""

    def __init__(self, document: Document, variables: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._variables = variables

    def table(self, name: str) -> Table:
        entry = self._document.data["tables"][name]
        path = ("tables", name)
        source = (
            self._http(entry["http"], (*path, "http"))
            if "http" in entry
            else self._file(entry["file"])
        )
        return Table(
            name,
            source,
            tuple(
                self._column(column, said, (*path, "columns", column), source)
                for column, said in entry["columns"].items()
            ),
            entry.get("key", ""),
            parse_duration(entry.get("keep", _DEFAULT_KEEP)),
            entry.get("kept_by", ""),
            parse_duration(entry.get("every", _DEFAULT_EVERY)),
        )

    def _column(self, name: str, said: Any, path: tuple[str, ...], source: Http | File) -> Column:
        entry: Mapping[str, Any] = {"from": said} if isinstance(said, str) else said
        where = self._filled(entry.get("from", name), path)
        return Column(
            name,
            where,
            self._expression(where, path) if isinstance(source, Http) else None,
            entry.get("as", "text"),
            entry.get("map", {}),
            entry.get("default"),
            entry.get("scale", 1),
            entry.get("after", ""),
        )

    def _http(self, entry: Mapping[str, Any], path: tuple[str, ...]) -> Http:
        query = entry.get("query", {})
        return Http(
            self._filled(entry["path"], (*path, "path")),
            {k: self._filled(str(v), (*path, "query", k)) for k, v in query.items()},
            self._expression(self._filled(entry.get("rows", "@"), path), (*path, "rows")),
            self._paging(entry["paging"], (*path, "paging")) if "paging" in entry else None,
        )

    def _paging(self, entry: Mapping[str, Any], path: tuple[str, ...]) -> Paging:
        def expression(key: str) -> ParsedResult | None:
            return self._expression(entry[key], (*path, key)) if key in entry else None

        ways = [key for key in ("next", "token", "page", "offset", "link") if key in entry]
        sized = "size" in entry or not {"page", "offset"} & set(ways)
        if len(ways) != 1 or ("token" in entry) != ("parameter" in entry) or not sized:
            message = "one of next, token with parameter, page or offset with size, or link"
            self.problems.append(self._document.problem("bad-value", message, path))
        return Paging(
            expression("next"),
            expression("token"),
            entry.get("page", ""),
            entry.get("offset", ""),
            entry.get("link", False),
            entry.get("parameter", ""),
            entry.get("size", 0),
            expression("end"),
        )

    def _file(self, entry: Mapping[str, Any]) -> File:
        return File(
            entry["path"],
            entry.get("sheet", ""),
            entry.get("delimiter", ","),
            entry.get("encoding", "utf-8"),
            entry.get("decimal", "."),
        )

    def _filled(self, text: str, path: tuple[str, ...]) -> str:
        """Return a text with its variables put in; those of the moment stay."""
        kept = {name: f"${{{name}}}" for name in MOMENTS}
        try:
            return Template(text).substitute({**kept, **self._variables})
        except (KeyError, ValueError) as error:
            said = f"${error.args[0]} is no variable" if isinstance(error, KeyError) else str(error)
            hint = f"known here: {', '.join((*self._variables, *MOMENTS))}"
            self.problems.append(self._document.problem("unknown-value", said, path, hint=hint))
            return text

    def _expression(self, text: str, path: tuple[str, ...]) -> ParsedResult:
        try:
            return jmespath.compile(text)
        except (JMESPathError, RecursionError) as error:
            why = str(error).splitlines()[0]
            message = f"not a JMESPath expression: {why}"
            self.problems.append(self._document.problem("bad-format", message, path))
            return jmespath.compile("@")
