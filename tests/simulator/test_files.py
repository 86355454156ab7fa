"""The files that a building writes, and the sample database."""

import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sothat.model.problem import Unusable
from sothat.simulator.config import load_building
from sothat.simulator.files import keys_for, write_devices, write_inventory
from sothat.simulator.sample_data import DATABASE, seed_database

from .conftest import DEMO

PLAN = load_building(DEMO)
# A month's first day, where "this month so far" is shortest.
NOW = datetime(2024, 5, 1, 9, tzinfo=UTC).timestamp()
WIZARD = {"name", "id", "key", "mac", "uuid", "sn", "category", "product_name", "product_id"}
WIZARD |= {"biz_type", "model", "sub", "icon", "ip", "version", "mapping"}


def devices(folder: Path) -> dict[str, dict[str, Any]]:
    entries = json.loads((folder / "devices.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in entries}


def write(folder: Path, subnet: str = "127.9.9") -> dict[str, dict[str, Any]]:
    write_devices(PLAN, keys_for(PLAN, folder), subnet, folder)
    return devices(folder)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute(query).fetchall()


def test_devices_are_written_as_the_wizard_writes_them(tmp_path: Path) -> None:
    written = write(tmp_path)
    assert len(written) == 34
    for entry in written.values():
        assert set(entry) - {"node_id", "parent"} == WIZARD
        assert len(entry["key"]) == 16
    child, gateway = written["mill-yard-door"], written["mill-gateway"]
    assert (child["sub"], child["parent"], child["key"]) == (True, gateway["id"], gateway["key"])
    assert (len(child["node_id"]), child["ip"], child["mac"]) == (16, "", "")
    assert gateway["sub"] is False
    assert "node_id" not in gateway
    assert gateway["ip"].startswith("127.9.9.")
    direct = [entry for entry in written.values() if not entry["sub"]]
    for field in ("id", "ip", "key", "mac", "uuid"):
        assert len({entry[field] for entry in direct}) == 24, field


def test_the_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    write(tmp_path)
    write_inventory(PLAN, tmp_path)
    assert stat.S_IMODE((tmp_path / "devices.json").stat().st_mode) == 0o600
    inventory = (tmp_path / "inventory.yaml").read_text(encoding="utf-8")
    assert not any(entry["key"] in inventory for entry in devices(tmp_path).values())
    assert {file.name for file in tmp_path.iterdir()} == {"devices.json", "inventory.yaml"}


def test_keys_stay_and_addresses_follow_the_subnet(tmp_path: Path) -> None:
    first = write(tmp_path)
    second = write(tmp_path, "127.8.8")
    for name, entry in first.items():
        assert second[name]["key"] == entry["key"]
        assert second[name]["ip"] == entry["ip"].replace("127.9.9", "127.8.8")


def test_keys_differ_between_buildings(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    assert all(first[name]["key"] != second[name]["key"] for name in first)
    assert all(first[name]["id"] == second[name]["id"] for name in first)


@pytest.mark.parametrize("text", ["{", '"x"', "[1]", '[{"id": "only"}]', "", "\x00"])
def test_a_broken_device_file_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "devices.json").write_text(text, encoding="utf-8")
    with pytest.raises(Unusable, match="not a list of devices with id and key") as refused:
        keys_for(PLAN, tmp_path)
    assert refused.value.__cause__ is None


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot write"):
        write_inventory(PLAN, tmp_path / "missing")


def test_the_inventory_says_where_everything_is(tmp_path: Path) -> None:
    write_inventory(PLAN, tmp_path)
    document = yaml.safe_load((tmp_path / "inventory.yaml").read_text(encoding="utf-8"))
    assert (document["apiVersion"], document["kind"]) == ("sothat/v1", "Inventory")
    places = document["devices"]
    roles = [place["role"] for place in places.values()]
    assert {role: roles.count(role) for role in roles} == {"gateway": 2, "direct": 22, "child": 10}
    assert places["mill-gateway"]["gateway"] == "mill-gateway"
    assert places["mill-yard-door"] == {
        "site": "mill-court",
        "building": "Mill Court",
        "floor": "ground",
        "room": "yard",
        "product": "zigbee-door-sensor",
        "gateway": "mill-gateway",
        "role": "child",
        "target_firmware": "1.0.6",
    }


def test_the_database_is_marked_as_sample_data(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    ((kind, description),) = rows(tmp_path, "SELECT kind, description FROM dataset")
    assert kind == "sample"
    assert "SAMPLE DATA" in description
    assert rows(tmp_path, "PRAGMA journal_mode") == [("delete",)]
    assert rows(tmp_path, "SELECT * FROM sites ORDER BY site") == [
        ("harbour-house", "sample-client-a", "premium"),
        ("mill-court", "sample-client-b", "extended"),
    ]


def test_energy_covers_the_last_sixty_days_up_to_today(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    spans = rows(tmp_path, "SELECT count(*), min(day), max(day) FROM energy GROUP BY site")
    assert spans == [(60, "2024-03-03", "2024-05-01")] * 2
    wrong = "SELECT count(*) FROM energy WHERE used_kwh <= 0 OR baseline_kwh <= used_kwh"
    assert rows(tmp_path, wrong) == [(0,)]


def test_tickets_are_plausible_and_no_clock_is_running(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    assert rows(tmp_path, "SELECT count(*) FROM tickets WHERE first_response_at IS NULL") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM tickets WHERE resolved_at IS NULL") == [(6,)]
    disorder = (
        "SELECT count(*) FROM tickets WHERE first_response_at <= created_at"
        " OR resolved_at <= first_response_at OR max(first_response_at, ifnull(resolved_at, 0)) > "
        "CAST(strftime('%s', '2024-05-01 09:00') AS INTEGER)"
    )
    assert rows(tmp_path, disorder) == [(0,)]
    odd = "SELECT count(*) FROM tickets WHERE (satisfaction IS NULL) != (resolved_at IS NULL)"
    assert rows(tmp_path, odd) == [(0,)]


@pytest.mark.parametrize("days", [0, 3, 10])
def test_nothing_is_amiss_before_somebody_makes_it(tmp_path: Path, days: int) -> None:
    """The share of answers in time over 30 days, with the stack running on for a while."""
    seed_database(PLAN, tmp_path, NOW)
    shares = rows(
        tmp_path,
        "SELECT avg(first_response_at <= response_due_at), avg(satisfaction) FROM tickets"  # noqa: S608
        f" WHERE created_at > {NOW + days * 86400 - 30 * 86400} GROUP BY site",
    )
    assert len(shares) == 2
    assert all(0.95 < in_time <= 1 and satisfied > 0.9 for in_time, satisfied in shares)
    assert days or all(in_time < 1 for in_time, _ in shares)


def test_the_same_seed_and_time_give_the_same_figures(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "other")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        folder.mkdir()
        seed_database(replace(PLAN, seed=seed), folder, NOW)
    first, second, other = (rows(f, "SELECT * FROM tickets") for f in folders)
    assert first == second != other


def test_a_kept_database_keeps_its_rows_and_gains_the_missing_days(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("UPDATE energy SET used_kwh = 1 WHERE day = '2024-05-01'")
        database.execute("DELETE FROM tickets WHERE id > 3")
    seed_database(PLAN, tmp_path, NOW + 2 * 86400)
    assert rows(tmp_path, "SELECT count(*) FROM tickets") == [(3,)]
    assert rows(tmp_path, "SELECT max(day), count(*) FROM energy") == [("2024-05-03", 124)]
    used = "SELECT DISTINCT used_kwh FROM energy WHERE day = '2024-05-01'"
    assert rows(tmp_path, used) == [(1.0,)]


def test_an_exclusive_lock_is_seen_by_others(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(tmp_path / DATABASE, timeout=0).execute("SELECT * FROM tickets")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("not a database, but long enough to look at" * 50)
    with pytest.raises(Unusable, match="not usable as the sample database"):
        seed_database(PLAN, tmp_path, NOW)


def test_the_tables_of_the_business_packs_are_filled_and_made_anew(tmp_path: Path) -> None:
    seed_database(PLAN, tmp_path, NOW)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("DELETE FROM work_orders")
        database.execute("ALTER TABLE tickets DROP COLUMN article")  # as earlier versions made it
    seed_database(PLAN, tmp_path, NOW + 5 * 86400)
    assert rows(tmp_path, "SELECT count(*) FROM work_orders") == [(120,)]
    newest = "SELECT max(at) > {now} - 86400 AND max(at) <= {now} FROM occupancy"
    assert rows(tmp_path, newest.format(now=NOW + 5 * 86400)) == [(1,)]
    handled = "SELECT count(*) FROM tickets WHERE first_response_at IS NOT NULL AND replies IS NULL"
    assert rows(tmp_path, handled) == [(0,)]
