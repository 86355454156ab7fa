"""The maintenance collector: a plan and its records, read anew at each poll."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sothat.exporters.clock import Clock
from sothat.exporters.maintenance.contract import contract
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.maintenance.figures import figures
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Records
from sothat.model.metric import Contract
from sothat.model.problem import Unusable

_FILE = {"type": "string", "minLength": 1}


class MaintenanceCollector:
    """Opens one source a plan file."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the plan and its records."""
        return {
            "required": ["plan"],
            "properties": {
                "plan": _FILE,
                "records": _FILE,
                "interval": {**DURATION_SCHEMA, "default": "1m"},
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a plan file; it must be sound now, and may change later."""
        plan = settings.file("plan", context)
        load_plan(plan)
        named = settings.values.get("records")
        records = context.folder / named if named else plan.with_suffix(".records.jsonl")
        return MaintenanceSource(plan, records, context.clock)


class MaintenanceSource:
    """One plan."""

    contract: Contract = contract()

    def __init__(self, plan: Path, records: Path, clock: Clock) -> None:
        self._plan = plan
        self._records = Records(records)
        self._clock = clock

    def collect(self, deadline: Deadline) -> Iterator[Sample]:  # noqa: ARG002 – files are short
        """Yield all figures.

        Raises:
            PollFailed: The plan or its records cannot be used any more.
        """
        try:
            plan, entries = load_plan(self._plan), self._records.all()
        except Unusable as error:
            raise PollFailed("plan", str(error)) from None
        for one in figures(plan, entries, datetime.fromtimestamp(self._clock.time(), UTC)):
            yield Sample(one.name, one.value, one.labels)

    def close(self) -> None:
        """There is nothing to close."""


COLLECTOR = MaintenanceCollector()
