"""Probes from outside, and the journeys of users that are tried step by step."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, units
from sothat.dashboards.boards.technical._lines import gauge_line
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.panels import time_series
from sothat.dashboards.query import Query

_NO_JOURNEY: Final = "no data: no module of type journey is probed"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on what is probed."""
    yield _failing(kit)
    yield gauge_line(
        kit,
        "Time of a probe",
        "From its beginning to its end; of one that fails, until it gave up.",
        "probe_duration_seconds",
        Query("max by (job, instance) (probe_duration_seconds)", "{{job}} {{instance}}"),
        empty=empty.NO_PROBE,
    )
    yield _journeys(kit)
    yield gauge_line(
        kit,
        "Journeys: time of each step",
        "Which step of a journey is the slow one.",
        "probe_journey_step_duration_seconds",
        Query(
            "max by (instance, step) (probe_journey_step_duration_seconds)",
            "{{instance}} {{step}}",
        ),
        empty=_NO_JOURNEY,
    )


def _failing(kit: Kit) -> Tile:
    name = "probe_success"
    kit.unit(name)
    face = Face(
        "Targets that fail",
        "Of each kind of probe (job), the targets whose last probe failed. Should be 0.",
        units.COUNT,
        empty.NO_PROBE,
    )
    failing = f"count by (job) ({name} == 0) or 0 * count by (job) ({name})"
    return time_series(face, Query(failing, "{{job}}"), size=(8, 7))


def _journeys(kit: Kit) -> Tile:
    done, steps = "probe_journey_steps_succeeded", "probe_journey_steps"
    for name in (done, steps):
        kit.unit(name)
    face = Face(
        "Journeys: how far they come",
        "Share of a journey's steps that went as they should; below 1, a user would be stuck.",
        units.PERCENT,
        _NO_JOURNEY,
    )
    expr = f"min by (instance) ({done} / {steps})"
    return time_series(face, Query(expr, "{{instance}}"), size=(8, 7))
