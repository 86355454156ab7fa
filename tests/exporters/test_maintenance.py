"""The maintenance collector: figures of the plan and its records, each within its contract."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sothat.exporters.maintenance.contract import contract
from sothat.maintenance.figures import figures
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Entry, Event, Records
from sothat.model.metric import Presence

PLAN = Path(__file__).parents[1] / "maintenance" / "data" / "maintenance.yaml"
NIGHT = datetime(2026, 12, 6, 0, 0, tzinfo=UTC)


def history() -> list[Entry]:
    end = NIGHT.replace(hour=1)
    return [
        Entry(NIGHT, Event.STARTED, "db-minor", "me"),
        Entry(
            end,
            Event.FINISHED,
            "db-minor",
            "me",
            outcome="done",
            nature="preventive",
            cost=80.0,
            currency="EUR",
            incident=7,
        ),
    ]


def test_every_figure_is_one_of_the_contract_and_none_is_forgotten() -> None:
    families = {family.name: family for family in contract().families}
    seen = set()
    plan = load_plan(PLAN)
    for entries, now in ((history()[:1], NIGHT.replace(hour=3)), (history(), NIGHT)):
        for one in figures(plan, entries, now):
            labels = {label.name for label in families[one.name].labels}
            assert set(one.labels) == labels, one
            seen.add(one.name)
    # The plan's routine has turns that are over, and the second work is still to come.
    assert seen == set(families)
    assert families["maintenance_works"].presence is Presence.ALWAYS


@pytest.mark.real
def test_it_is_scraped(sothat, tmp_path, until):
    shutil.copy(PLAN, tmp_path / "maintenance.yaml")
    records = Records(tmp_path / "maintenance.records.jsonl")
    for entry in history():
        records.add(entry)
    config = tmp_path / "x.yaml"
    config.write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"
        "  - {type: maintenance, plan: maintenance.yaml, interval: 1s}\n"
    )
    process = sothat("export", "--config", "x.yaml", "--listen", "127.0.0.1:0").ready()
    wanted = 'maintenance_works_ended_total{nature="preventive",outcome="done"} 1'
    until(lambda: wanted in process.metrics())
