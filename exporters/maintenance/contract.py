"""What the maintenance collector exposes."""

from sothat.exporters.declare import counter, gauge
from sothat.maintenance.figures import NATURES
from sothat.maintenance.records import Outcome
from sothat.maintenance.standing import State
from sothat.model.metric import Contract, Label

_NATURE = Label("nature", "Whether it prevents faults or reacts", NATURES)
_ROUTINE = Label("routine", "Name of the routine")


def contract() -> Contract:
    """Return the contract of the maintenance collector."""
    return Contract("maintenance", _FAMILIES)


_FAMILIES = (
    gauge(
        "maintenance_works",
        "Works of the plan by how they stand; missed: over, and nothing recorded.",
        [Label("state", "How they stand", tuple(state.value for state in State))],
    ),
    counter(
        "maintenance_works_ended_total",
        "Works that are over, by nature and outcome.",
        [_NATURE, Label("outcome", "How they ended", tuple(one.value for one in Outcome))],
    ),
    counter("maintenance_incidents_caused_total", "Incidents that works have caused."),
    counter("maintenance_overrun_seconds_total", "Time that works took beyond what was announced."),
    counter(
        "maintenance_cost_total",
        "What works have cost.",
        [Label("currency", "ISO 4217")],
        event=True,
    ),
    gauge("maintenance_next_start_timestamp_seconds", "When the next work begins.", event=True),
    gauge(
        "maintenance_works_unannounced",
        "Works that begin soon, and whose clients have not been told of them.",
    ),
    gauge(
        "maintenance_work_overrun_seconds",
        "How long a running work is over its announced end; 0 before.",
        [Label("work", "Id of the work")],
        event=True,
    ),
    counter(
        "maintenance_routine_items_done_total",
        "Items that were ticked off.",
        [_ROUTINE],
        feature=True,
    ),
    gauge(
        "maintenance_routine_items_left",
        "Items of the current turn that are not ticked off.",
        [_ROUTINE],
        feature=True,
    ),
    gauge(
        "maintenance_routine_turns_missed",
        "Of the latest 30 turns that are over: those with items left.",
        [_ROUTINE],
        event=True,
    ),
    gauge(
        "maintenance_routine_completion_ratio",
        "Share of the latest 30 turns that are over in which all was done.",
        [_ROUTINE],
        event=True,
    ),
)
