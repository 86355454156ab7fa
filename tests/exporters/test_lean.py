"""The exporter loads what its configuration needs, and stays small."""

import json
import subprocess
import sys

import psutil

# What others need: databases, devices, boards, pages, explanations of bad files, comparisons.
HEAVY = (
    "alembic", "cryptography", "grafanalib", "jinja2", "jsonschema", "markdown_it",
    "prometheus_client", "promql_parser", "psycopg", "pymysql", "requests", "rich", "sqlalchemy",
    "tinytuya",
)  # fmt: skip
LOADED = """
import json, sys
from pathlib import Path
from sothat.commands import main
from sothat.exporters.service import Options, prepare
prepare(Options(Path("exporter.yaml"), None, None, "1", {}))
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_a_host_alone_loads_no_library_of_others(tmp_path):
    text = "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n  - {type: host, interval: 1s}\n"
    (tmp_path / "exporter.yaml").write_text(text)
    told = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=tmp_path, capture_output=True, check=True
    )
    loaded = json.loads(told.stdout)
    assert "uvicorn" in loaded
    assert not {*loaded} & {*HEAVY}


def test_a_host_takes_less_than_the_bar(exporter):
    process = exporter("  - {type: host, interval: 200ms}\n").ready()
    for _ in range(20):
        process.metrics()
    assert psutil.Process(process.process.pid).memory_info().rss < 60e6
    assert process.stop() == 0
