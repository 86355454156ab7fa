"""Backups: sample data written by hand in the forms of pgBackRest, restic and borg."""

import json
import os
import sys

import pytest
from sothat.exporters.posture.commands import runner
from sothat.exporters.posture.shapes import moment

from .posture import Programs, figures, machine, write

HOUR = 3600


def pgbackrest(**changed):
    def backup(kind, stop, *, error=False):
        times = {"start": stop - 60, "stop": stop}
        info = {"size": 1000 + stop, "delta": 5, "repository": {"size": 7}}
        return {"type": kind, "timestamp": times, "info": info, "error": error, "label": "x"}

    stanza = {
        "name": "main",
        "status": {"code": 0, "message": "ok"},
        "backup": [backup("full", 5000), backup("incr", 9000), backup("full", 7000)],
    }
    return [{**stanza, **changed}], backup


def snapshot(host, time, **more):
    return {"time": time, "hostname": host, "paths": ["/srv"], "id": "ab", **more}


BORG = {
    "archives": [
        {"name": "a", "start": "2026-09-01T02:00:00.000000", "time": "2026-09-01T02:00:00.000000"},
        {
            "name": "b",
            "start": "2026-09-02T02:00:00.000000",
            "end": "2026-09-02T03:00:00.000000",
            "stats": {"original_size": 12345, "deduplicated_size": 7},
        },
    ],
    "repository": {"id": "x", "location": "/srv/borg"},
}


def of(folder, kind, document, name="b"):
    data = document if isinstance(document, bytes) else json.dumps(document)
    write(folder, {"state.json": data})
    return figures("backups", machine(folder), backups=[{"name": name, kind: "state.json"}])


def test_of_a_stanza_the_newest_backup_of_any_type_counts(tmp_path):
    assert of(tmp_path, "pgbackrest", pgbackrest()[0]) == {
        ("backup_readable", "b"): 1,
        ("backups", "b/main"): 3,
        ("backup_last_completion_timestamp_seconds", "b/main"): 9000,
        ("backup_size_bytes", "b/main"): 10000,
        ("backup_valid", "b/main"): 1,
    }


def test_a_damaged_backup_is_none_and_the_newest_one_says_how_the_stanza_is(tmp_path):
    _, backup = pgbackrest()
    backups = [backup("full", 5000), backup("incr", 9000, error=True)]
    found = of(tmp_path, "pgbackrest", pgbackrest(backup=backups)[0])
    assert found["backup_last_completion_timestamp_seconds", "b/main"] == 5000
    assert found["backups", "b/main"] == 1
    assert found["backup_valid", "b/main"] == 0
    backups = [backup("full", 5000, error=True), backup("incr", 9000)]
    found = of(tmp_path, "pgbackrest", pgbackrest(backup=backups)[0])
    assert found["backup_valid", "b/main"] == 1


def test_a_stanza_without_backups_has_none_and_no_age(tmp_path):
    status = {"code": 2, "message": "no valid backups"}
    found = of(tmp_path, "pgbackrest", pgbackrest(backup=[], status=status)[0])
    assert found == {
        ("backup_readable", "b"): 1,
        ("backups", "b/main"): 0,
        ("backup_valid", "b/main"): 0,
    }


def test_restics_snapshots_by_host(tmp_path):
    snapshots = [
        snapshot("h1", "2026-09-02T02:00:00.5+02:00", summary={"total_bytes_processed": 99}),
        snapshot("h1", "2026-09-01T02:00:00.123456789+02:00"),
        snapshot("h2", "2026-08-01T02:00:00Z"),
    ]
    found = of(tmp_path, "restic", snapshots)
    assert found == {
        ("backup_readable", "b"): 1,
        ("backups", "b/h1"): 2,
        ("backups", "b/h2"): 1,
        ("backup_size_bytes", "b/h1"): 99,
        ("backup_last_completion_timestamp_seconds", "b/h1"): moment("2026-09-02T00:00:00.5Z"),
        ("backup_last_completion_timestamp_seconds", "b/h2"): moment("2026-08-01T02:00:00Z"),
    }
    grouped = [
        {"group_key": {"hostname": "h1"}, "snapshots": snapshots[:2]},
        {"group_key": {"hostname": "h2"}, "snapshots": snapshots[2:]},
    ]
    assert of(tmp_path, "restic", grouped) == found


def test_borgs_archives(tmp_path):
    assert of(tmp_path, "borg", BORG) == {
        ("backup_readable", "b"): 1,
        ("backups", "b"): 2,
        ("backup_size_bytes", "b"): 12345,
        ("backup_last_completion_timestamp_seconds", "b"): moment("2026-09-02T03:00:00"),
    }


@pytest.mark.parametrize(
    ("kind", "document"), [("restic", []), ("pgbackrest", []), ("borg", {"archives": []})]
)
def test_an_empty_repository_holds_none(tmp_path, kind, document):
    found = of(tmp_path, kind, document)
    assert found == {("backup_readable", "b"): 1, ("backups", "b"): 0}


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        *((kind, data) for kind in ("pgbackrest", "restic", "borg") for data in (b"", b"\0", b"5")),
        *((kind, b"[" * 100_000) for kind in ("pgbackrest", "restic", "borg")),
        ("pgbackrest", {}),
        ("pgbackrest", [{"name": ""}]),
        ("pgbackrest", pgbackrest(status=None)[0]),
        ("pgbackrest", pgbackrest(backup=[{"timestamp": 5}])[0]),
        ("restic", {"message_type": "exit_error"}),
        ("restic", [snapshot("h", "yesterday")]),
        ("borg", {"repository": {}}),
        ("borg", {"archives": [{"name": "x"}]}),
    ],
)
def test_what_is_not_understood_is_said_to_be_so_and_has_no_figures(tmp_path, kind, document):
    assert of(tmp_path, kind, document) == {("backup_readable", "b"): 0}


def test_plain_files_by_their_newest(tmp_path):
    for name, age, size in (("a-1.tar", 10, 5), ("a-2.tar", 20, 7), ("other", 30, 9)):
        write(tmp_path, {f"backup/{name}": "x" * size})
        os.utime(tmp_path / "backup" / name, (age * HOUR, age * HOUR))
    (tmp_path / "backup" / "a-gone.tar").symlink_to("nowhere")
    entry = {"name": "a", "files": "backup/a-*.tar"}
    assert figures("backups", machine(tmp_path), backups=[entry]) == {
        ("backup_readable", "a"): 1,
        ("backups", "a"): 2,
        ("backup_size_bytes", "a"): 7,
        ("backup_last_completion_timestamp_seconds", "a"): 20 * HOUR,
    }


def test_plain_files_that_are_gone_are_none(tmp_path):
    entry = {"name": "a", "files": "no/such/*"}
    found = figures("backups", machine(tmp_path), backups=[entry])
    assert found == {("backup_readable", "a"): 1, ("backups", "a"): 0}


def test_a_loop_of_links_among_them_is_a_failure_of_this_backup_only(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    write(tmp_path, {"fine": ""})
    entries = [{"name": "a", "files": "loop"}, {"name": "b", "files": "fine"}]
    found = figures("backups", machine(tmp_path), backups=entries)
    assert found["backup_readable", "a"] == 0
    assert found["backup_readable", "b"] == 1
    assert found["backup_size_bytes", "b"] == 0


def test_a_command_that_is_configured_is_asked(tmp_path):
    said = {("restic", "snapshots"): (json.dumps([snapshot("h", "2026-09-01T02:00:00Z")]), 0)}
    entry = {"name": "r", "restic": {"command": ["restic", "snapshots", "--json"]}}
    programs = Programs(said)
    found = figures("backups", machine(tmp_path, programs), backups=[entry])
    assert found["backups", "r/h"] == 1
    assert programs.asked == [["restic", "snapshots", "--json"]]


@pytest.mark.parametrize("answer", [("[]", 1), ("not JSON", 0)])
def test_a_command_that_fails_is_a_backup_that_cannot_be_read(tmp_path, answer):
    entry = {"name": "r", "restic": {"command": ["restic"]}}
    programs = Programs({("restic",): answer})
    found = figures("backups", machine(tmp_path, programs), backups=[entry])
    assert found == {("backup_readable", "r"): 0}


def test_a_real_command_is_run_without_a_shell(tmp_path):
    here = machine(tmp_path)
    real = type(here)(tmp_path, here.clock, runner(os.environ), here.find)
    program = "import sys, json; json.dump({'archives': sys.argv[2:]}, sys.stdout)"
    entry = {"name": "r", "borg": {"command": [sys.executable, "-c", program, "$(rm)"]}}
    found = figures("backups", real, backups=[entry])
    assert found == {("backup_readable", "r"): 1, ("backups", "r"): 0}
