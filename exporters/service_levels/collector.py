"""The service-levels collector: each client's contract over this month and the one before."""

from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.asking import PROMETHEUS_SCHEMA, prometheus_of
from sothat.exporters.business.query import PARAMETERS, fault_of
from sothat.exporters.database.target import URL_SCHEMA, open_target
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.service_levels.measured import DEFAULT_STEP, Measured
from sothat.exporters.service_levels.queries import QUERIES, Queries
from sothat.exporters.service_levels.source import ServiceLevels
from sothat.exporters.source import Context, Settings, Source
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.service_levels.policy_file import read_policy

DEFAULT_MAX_ROWS = 50_000


class ServiceLevelsCollector:
    """Opens one source a policy."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of where policy, tickets and outages are."""
        query = {"type": "string", "minLength": 1}
        return {
            "required": ["policy"],
            "properties": {
                "interval": {**DURATION_SCHEMA, "default": "5m"},
                "policy": query,
                "url": URL_SCHEMA,
                **dict.fromkeys(QUERIES, query),
                "prometheus": PROMETHEUS_SCHEMA,
                "availability": query,
                "step": {**DURATION_SCHEMA, "default": DEFAULT_STEP},
                "max_rows": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 1_000_000,
                    "default": DEFAULT_MAX_ROWS,
                },
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source; the database and Prometheus may be down."""
        said = settings.values
        if problems := [*_unfit(settings)]:
            raise Unusable(problems)
        policy = read_policy(settings.file("policy", context))
        queries = None
        if "url" in said:
            most = said.get("max_rows", DEFAULT_MAX_ROWS)
            asked = {name: said[name] for name in QUERIES if name in said}
            queries = Queries(open_target(settings, context), asked, most)
        measured = None
        if "availability" in said:
            step = parse_duration(said.get("step", DEFAULT_STEP))
            measured = Measured(prometheus_of(settings, context), said["availability"], step)
        return ServiceLevels(policy, queries, measured, context.clock)


def _unfit(settings: Settings) -> Iterator[Problem]:
    said = settings.values
    for name in QUERIES:
        if name not in said:
            continue
        if "url" not in said:
            hint = "url: says which database is asked"
            yield settings.problem("missing-key", "the key 'url' is missing", name, hint=hint)
        if fault := fault_of(said[name]):
            hint = f"one SELECT; parameters: {', '.join(f':{one}' for one in PARAMETERS)}"
            yield settings.problem("bad-query", fault, name, hint=hint)
    if "availability" in said and "prometheus" not in said:
        hint = "prometheus: says which server is asked"
        message = "the key 'prometheus' is missing"
        yield settings.problem("missing-key", message, "availability", hint=hint)
    if not {"tickets", "outages", "availability"} & said.keys():
        message = "neither tickets nor outages nor availability"
        hint = "name a query of one of them"
        path = settings.path
        yield settings.document.problem("missing-key", message, path, key=True, hint=hint)
    if {"outages", "availability"} <= said.keys():
        message = "outages and availability say the same twice"
        yield settings.problem("bad-value", message, "availability", hint="keep one of them")


COLLECTOR = ServiceLevelsCollector()
