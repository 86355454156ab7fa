"""A report as data for JSON."""

import math
from typing import Any

from sothat.reports.report import Figure, Part, Report
from sothat.reports.summary import summarised


def data(report: Report) -> dict[str, Any]:
    """Return a report as plain data; numbers that are none are null."""
    summary = summarised(report)
    return {
        "month": report.scope.month,
        "site": report.scope.site,
        "time_zone": report.scope.zone,
        "made_at": report.scope.made.isoformat(),
        "until": report.scope.until.isoformat(),
        "headline": summary.headline,
        "next": list(summary.next),
        "sample_data": report.sample,
        "recorded_ratio": report.recorded,
        "gaps": [[gap.start.isoformat(), gap.end.isoformat()] for gap in report.gaps],
        "failed": [{"name": name, "reason": reason} for name, reason in report.failed],
        "sections": [_part(part) for part in report.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "id": part.section.id,
        "title": part.section.title,
        "figures": [_figure(one) for one in part.figures],
        "tables": [
            {
                "name": table.asked.name,
                "labels": list(table.asked.labels),
                "rows": [
                    {
                        "cells": row.cells,
                        "value": _number(row.value),
                        "target": row.target,
                        "verdict": row.verdict.value,
                    }
                    for row in table.rows
                ],
            }
            for table in part.tables
        ],
        "incidents": None if part.incidents is None else [one.number for one in part.incidents],
    }


def _figure(one: Figure) -> dict[str, Any]:
    return {
        "name": one.asked.name,
        "unit": one.asked.unit.value,
        "value": _number(one.value),
        "before": _number(one.before),
        "target": one.asked.target,
        "verdict": one.verdict.value,
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
