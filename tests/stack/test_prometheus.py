"""Prometheus' and Alertmanager's set-up, put before the real tools."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from sothat.stack.config import DEFAULT_PORTS, StackConfig
from sothat.stack.folder import Folder
from sothat.stack.plan import addresses_of
from sothat.stack.prometheus import alertmanager_part, prometheus_config, prometheus_text
from sothat.stack.tools import PROMTOOL, locate


def stack_config(scrape: float) -> StackConfig:
    file = Path("x.yaml")
    return StackConfig(file, file, file, file, None, scrape, scrape, DEFAULT_PORTS)


@pytest.mark.parametrize("scrape", [0.5, 1, 15, 90])
def test_promtool_accepts_the_configuration(tmp_path: Path, scrape: float) -> None:
    promtool = locate(PROMTOOL, os.environ)
    if promtool is None:
        pytest.skip("no promtool here")
    rules = tmp_path / "rules"
    rules.mkdir()
    rule = {"record": "a:b:c", "expr": "vector(1)"}
    (rules / "a.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    config = prometheus_config(stack_config(scrape), addresses_of(DEFAULT_PORTS), rules)
    file = tmp_path / "prometheus.yml"
    file.write_text(prometheus_text(config))
    command = [promtool, "check", "config", file]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rules found" in done.stdout


def test_every_job_reads_its_part_within_the_interval() -> None:
    where = addresses_of(DEFAULT_PORTS)
    config = prometheus_config(stack_config(1), where, Path("/rules"))
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]
    }
    assert targets == {
        "sothat-exporter": ["127.0.0.1:9780"],
        "sothat-incidents": ["127.0.0.1:9781"],
        "prometheus": ["127.0.0.1:9090"],
        "alertmanager": ["127.0.0.1:9093"],
    }
    static = [job["static_configs"][0]["labels"]["instance"] for job in config["scrape_configs"]]
    assert static == ["this-machine", "incident-service", "prometheus", "alertmanager"]
    assert config["global"]["scrape_timeout"] == "1s"
    slow = prometheus_config(stack_config(60), where, Path("/rules"))
    assert slow["global"]["scrape_timeout"] == "10s"


def test_what_the_exporter_probes_is_known_by_job_and_instance() -> None:
    config = prometheus_config(stack_config(1), addresses_of(DEFAULT_PORTS), Path("/rules"))
    rules = {
        job["job_name"]: [
            (rule["target_label"], rule["regex"]) for rule in job.get("metric_relabel_configs", [])
        ]
        for job in config["scrape_configs"]
    }
    assert [name for name, _ in rules.pop("sothat-exporter")] == ["job", "instance"]
    assert not any(rules.values())
    relabelled = config["scrape_configs"][0]["metric_relabel_configs"]
    for one, value in zip(relabelled, ["ping", "192.0.2.1"], strict=True):
        found = re.fullmatch(one["regex"], "ping;192.0.2.1")
        assert found is not None
        assert found[1] == value
        assert not re.fullmatch(one["regex"], ";")  # neither label is there


def test_alertmanager_opens_no_port_for_a_cluster(tmp_path: Path) -> None:
    where = addresses_of(DEFAULT_PORTS)["alertmanager"]
    command = alertmanager_part(Path("/bin/alertmanager"), Folder(tmp_path), where).command
    assert "--cluster.listen-address=" in command
    assert "--web.listen-address=127.0.0.1:9093" in command
