"""The business collector: KPIs over a database, a service, files, or Prometheus."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sothat.exporters.asking import PROMETHEUS_SCHEMA, prometheus_of
from sothat.exporters.business.kpis import KpiFile, load_kpis
from sothat.exporters.business.shipped import STANDARD, load_pack, mapping_path, mappings, shipped
from sothat.exporters.business.source import BusinessSource, Tables
from sothat.exporters.business.tables.api import Api
from sothat.exporters.business.tables.layout import File, TablesFile
from sothat.exporters.business.tables.loading import FileLoad, Load, ServiceLoad
from sothat.exporters.business.tables.service import API_SCHEMA, api_of
from sothat.exporters.business.tables.store import Store
from sothat.exporters.business.tables.table_file import load_tables
from sothat.exporters.database.target import URL_SCHEMA, Target, open_target
from sothat.exporters.source import Context, Settings, Source
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Unusable

DEFAULT_MAX_ROWS = 1000
DEFAULT_TABLE_ROWS = 200_000


class BusinessCollector:
    """Opens one source of KPI files and where their data are."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of where the data and the KPIs are."""
        name = {"type": "string", "minLength": 1}
        return {
            "required": [],
            "properties": {
                "url": URL_SCHEMA,
                "kpis": name,
                "packs": {"type": "array", "minItems": 1, "items": name, "uniqueItems": True},
                "leave_out": {"type": "array", "items": name},
                "tables": name,
                "variables": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number"]},
                },
                "api": API_SCHEMA,
                "folder": {**name, "default": "."},
                "prometheus": PROMETHEUS_SCHEMA,
                "max_rows": _rows(DEFAULT_MAX_ROWS, 100_000),
                "max_table_rows": _rows(DEFAULT_TABLE_ROWS, 2_000_000),
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of some KPIs; what they ask may be down."""
        said = settings.values
        _require_one_source(settings)
        target = open_target(settings, context) if "url" in said else None
        files = tuple(_files(settings, context, target))
        tables = _tables(settings, context) if "tables" in said else None
        left_out = {*said.get("leave_out", ()), *(tables.lacks if tables else ())}
        _require_apart(settings, files)
        _require_known(settings, files)
        _require_answers(settings, files, left_out)
        return BusinessSource(
            files,
            context.clock,
            said.get("max_rows", DEFAULT_MAX_ROWS),
            target,
            _filled(settings, context, tables) if tables else None,
            prometheus_of(settings, context) if "prometheus" in said else None,
            left_out,
        )


def _rows(default: int, most: int) -> Mapping[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default}


def _require_one_source(settings: Settings) -> None:
    said = settings.values
    if not {"url", "tables", "prometheus"} & said.keys():
        message = "the key 'url' is missing"
        hint = "say where the data are: url (a database), tables (a service or files), prometheus"
        raise Unusable(
            [settings.document.problem("missing-key", message, settings.path, key=True, hint=hint)]
        )
    if {"url", "tables"} <= said.keys():
        message = "'url' and 'tables' are two sources of the same queries"
        hint = "make it two collectors"
        raise settings.unusable("bad-value", message, "tables", hint=hint)


def _files(settings: Settings, context: Context, target: Target | None) -> Iterator[KpiFile]:
    """Yield the KPI files that are named, by default the standard ones."""
    said = settings.values
    dialects = (target.dialect.name if target else "sqlite",)
    names = said.get("packs", () if "kpis" in said else STANDARD)
    for name in names:
        if name not in shipped():
            hint = did_you_mean(name, shipped(), otherwise=f"known: {', '.join(shipped())}")
            message = f"there is no pack '{name}'"
            raise settings.unusable("unknown-value", message, "packs", hint=hint)
        yield load_pack(name, dialects)
    if "kpis" in said:
        yield load_kpis(settings.file("kpis", context), dialects)


def _require_apart(settings: Settings, files: tuple[KpiFile, ...]) -> None:
    first: dict[str, str] = {}
    for file in files:
        for kpi in file.kpis:
            if kpi.name in first:
                message = f"'{kpi.name}' is in both {first[kpi.name]} and {file.name}"
                setting = "packs" if "packs" in settings.values else "kpis"
                raise settings.unusable("name-clash", message, setting)
            first[kpi.name] = file.name


def _require_known(settings: Settings, files: tuple[KpiFile, ...]) -> None:
    known = [kpi.name for file in files for kpi in file.kpis]
    for name in settings.values.get("leave_out", ()):
        if name not in known:
            hint = did_you_mean(name, known, otherwise="leave out names of KPIs")
            message = f"there is no KPI '{name}' to leave out"
            raise settings.unusable("unknown-value", message, "leave_out", hint=hint)


def _require_answers(
    settings: Settings, files: tuple[KpiFile, ...], left_out: Collection[str]
) -> None:
    """Refuse KPIs that nobody is named to answer."""
    said = settings.values
    for file in files:
        for kpi in file.kpis:
            answered = "prometheus" in said if kpi.promql else {"url", "tables"} & said.keys()
            if not answered and kpi.name not in left_out:
                wanted = "prometheus" if kpi.promql else "url, or tables"
                message = f"{kpi.name} asks what the collector does not name: {wanted}"
                raise Unusable([file.problem(kpi, "missing-key", message)])


def _tables(settings: Settings, context: Context) -> TablesFile:
    variables = settings.values.get("variables", {})
    return load_tables(_tables_path(settings, context), variables)


def _filled(settings: Settings, context: Context, file: TablesFile) -> Tables:
    wants_api = any(not isinstance(table.source, File) for table in file.tables)
    if wants_api and "api" not in settings.values:
        hint = "api: {url: https://…, …} says where the service is and how to show who asks"
        raise settings.unusable("missing-key", "the key 'api' is missing", "tables", hint=hint)
    api = api_of(settings, context) if wants_api else None
    store = Store()
    for name, sql in file.views.items():
        try:
            store.view(name, sql)
        except sqlite3.Error as error:
            problem = file.document.problem("bad-query", f"{name}: {error}", ("views", name))
            raise Unusable([problem]) from error
    loads = tuple(_loads(settings, context, file, api, store))
    return Tables(store, loads, file.views, api, context.clock)


def _tables_path(settings: Settings, context: Context) -> Path:
    name = settings.values["tables"]
    if name in mappings():
        return mapping_path(name)
    if not Path(name).suffix:  # no name of a file, so most likely one of ours
        known = f"known: {', '.join(mappings())}, or a file of yours"
        hint = did_you_mean(name, mappings(), otherwise=known)
        raise settings.unusable(
            "unknown-value", f"there are no tables '{name}'", "tables", hint=hint
        )
    return settings.file("tables", context)


def _loads(
    settings: Settings, context: Context, file: TablesFile, api: Api | None, store: Store
) -> Iterator[Load]:
    most = settings.values.get("max_table_rows", DEFAULT_TABLE_ROWS)
    folder = context.folder / settings.values.get("folder", ".")
    for table in file.tables:
        if isinstance(table.source, File):
            yield FileLoad(table, table.source, folder, store, most, context.clock)
        elif api:
            yield ServiceLoad(table, table.source, api, store, most, context.clock)


COLLECTOR = BusinessCollector()
