"""The KPI layer: one name and unit whichever source is installed, and nothing counted twice."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sothat.generator.compile import installed_inputs
from sothat.generator.values import Values

OURS = 'instance="h1:9780",job="sothat-exporter"'
NODE = 'instance="h1:9100",job="node"'
OTHER = 'instance="h2:9100",job="node"'


def cpu(prefix: str, target: str, idle: int) -> dict[str, str]:
    """Return the series of one processor that idles so many of each 60 seconds."""
    name = f"{prefix}_cpu_seconds_total"
    return {
        f'{name}{{{target},cpu="0",mode="idle"}}': f"0+{idle}x20",
        f'{name}{{{target},cpu="0",mode="user"}}': f"0+{60 - idle}x20",
    }


def disk(ours: str, theirs: str, target: str, free: int) -> dict[str, str]:
    """Return the series of a file system of 100 bytes; one of the two names is empty."""
    at = f'{target},device="sda1",fstype="ext4",mountpoint="/"'
    prefix, available = ("host", ours) if ours else ("node", theirs)
    return {
        f"{prefix}_filesystem_size_bytes{{{at}}}": "100x20",
        f"{prefix}_filesystem_{available}_bytes{{{at}}}": f"{free}x20",
    }


CASES: dict[str, tuple[str, Mapping[str, str], dict[str, float]]] = {
    "ours alone": (
        "instance:host_cpu_utilisation:ratio",
        cpu("host", OURS, 45),
        {'{instance="h1:9780"}': 0.25},
    ),
    "node_exporter alone": (
        "instance:host_cpu_utilisation:ratio",
        cpu("node", NODE, 30),
        {'{instance="h1:9100"}': 0.5},
    ),
    "both on one host, and another host": (
        "instance:host_cpu_utilisation:ratio",
        cpu("host", OURS, 45) | cpu("node", NODE, 30) | cpu("node", OTHER, 15),
        {'{instance="h1:9780"}': 0.25, '{instance="h2:9100"}': 0.75},
    ),
    "a file system that both see": (
        "instance_mountpoint:host_filesystem_utilisation:ratio",
        disk("available", "", OURS, 40) | disk("", "avail", NODE, 40),
        {'{instance="h1:9780", mountpoint="/"}': 0.6},
    ),
    "a file system that node_exporter sees": (
        "instance_mountpoint:host_filesystem_available_bytes:min",
        disk("", "avail", NODE, 40),
        {'{instance="h1:9100", mountpoint="/"}': 40},
    ),
    "databases of three exporters, one of them seen twice": (
        "database:database_up:min",
        {
            'database_up{database="db1",engine="postgresql",instance="e:9780",job="x"}': "0x20",
            'pg_up{instance="db1:9187",job="postgres"}': "1x20",
            'pg_up{instance="db2:9187",job="postgres"}': "1x20",
            'mysql_up{instance="db3:9104",job="mysql"}': "1x20",
        },
        {'{database="db1"}': 0, '{database="db2"}': 1, '{database="db3"}': 1},
    ),
    "connections of a server without our exporter": (
        "database:database_connections:ratio",
        {
            'pg_stat_activity_count{instance="db2:9187",job="postgres",state="idle"}': "30x20",
            'pg_stat_activity_count{instance="db2:9187",job="postgres",state="active"}': "20x20",
            'pg_settings_max_connections{instance="db2:9187",job="postgres"}': "100x20",
        },
        {'{database="db2"}': 0.5},
    ),
    "requests that a service reports in both ways": (
        "job:http_requests:rate",
        {
            'http_server_request_duration_seconds_count{job="a",instance="a:1"}': "0+60x20",
            'http_server_requests_seconds_count{job="a",instance="a:1"}': "0+60x20",
            'http_server_requests_seconds_count{job="b",instance="b:1"}': "0+120x20",
        },
        {'{job="a"}': 1, '{job="b"}': 2},
    ),
    "a backup of either tool": (
        "backup:backup_age_seconds:min",
        {
            'pgbackrest_backup_since_last_completion_seconds{stanza="p"}': "9x20",
            'restic_backup_timestamp{client_hostname="h1",snapshot_hash="a"}': "0x20",
        },
        {'{backup="p"}': 9, '{backup="h1"}': 900},
    ),
    "updates that our posture and apt's script both count, and another host": (
        "instance:security_updates_pending:sum",
        {
            f'posture_security_updates_pending{{{OURS},manager="apt"}}': "2x20",
            f'apt_upgrades_pending{{{NODE},origin="Debian-Security",arch="all"}}': "5x20",
            f'apt_upgrades_pending{{{OTHER},origin="Debian-Security",arch="all"}}': "7x20",
        },
        {'{instance="h1:9780"}': 2, '{instance="h2:9100"}': 7},
    ),
    "a restart that one of two ways sees": (
        "instance:reboot_required:max",
        {
            f'posture_reboot_required{{{OURS},evidence="flag"}}': "0x20",
            f'posture_reboot_required{{{OURS},evidence="kernel"}}': "1x20",
            f"node_reboot_required{{{NODE}}}": "0x20",
            f"node_reboot_required{{{OTHER}}}": "0x20",
        },
        {'{instance="h1:9780"}': 1, '{instance="h2:9100"}': 0},
    ),
    "of hosts that share a backup's name the oldest": (
        "backup:backup_age_seconds:min",
        {
            'posture_backup_last_completion_timestamp_seconds{backup="etc",instance="h1:9780"}': (
                "600x20"
            ),
            'posture_backup_last_completion_timestamp_seconds{backup="etc",instance="h2:9780"}': (
                "100x20"
            ),
            'pgbackrest_backup_since_last_completion_seconds{stanza="etc"}': "9x20",
        },
        {'{backup="etc"}': 800},
    ),
    "a host whose security patches came late": (
        "instance:patches_in_time:ratio",
        {
            f'posture_security_patches{{{OURS},timing="in-time"}}': "3x20",
            f'posture_security_patches{{{OURS},timing="late"}}': "1x20",
            'posture_security_patches{instance="h3:9780",job="x",timing="in-time"}': "0x20",
            'posture_security_patches{instance="h3:9780",job="x",timing="late"}': "0x20",
        },
        {'{instance="h1:9780"}': 0.75},
    ),
    "hosts of which one has had an update waiting throughout": (
        "global:hosts_patched_in_time:ratio",
        {
            f'posture_security_updates_pending{{{OURS},manager="apt"}}': "2x20",
            f'apt_upgrades_pending{{{OTHER},origin="Debian-Security",arch="all"}}': "7x5 0x2 3x13",
        },
        {"{}": 0.5},
    ),
    "security updates, none of them pending": (
        "instance:security_updates_pending:sum",
        {'apt_upgrades_pending{instance="h1:9100",job="node",origin="Debian",arch="all"}': "3x20"},
        {'{instance="h1:9100"}': 0},
    ),
}


@pytest.fixture(scope="module")
def rules(built: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    for path, text in built(installed_inputs(None, Values())).items():
        if path.startswith("prometheus/rules/recordings"):
            (folder / Path(path).name).write_text(text, encoding="utf-8")
    return folder


def test_one_figure_whichever_source_is_installed(
    rules: Path, run_tool: Callable, promtool: str
) -> None:
    tests = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": s, "values": v} for s, v in series.items()],
            "promql_expr_test": [
                {
                    "expr": record,
                    "eval_time": "15m",
                    "exp_samples": [
                        {"labels": record + labels, "value": value}
                        for labels, value in wanted.items()
                    ],
                }
            ],
        }
        for name, (record, series, wanted) in CASES.items()
    ]
    files = sorted(str(file) for file in rules.glob("*.yaml"))
    file = rules / "kpi.test.json"
    content = {"rule_files": files, "evaluation_interval": "1m", "tests": tests}
    file.write_text(json.dumps(content), encoding="utf-8")
    done = run_tool(promtool, "test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
