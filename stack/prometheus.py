"""Prometheus and Alertmanager: their configuration and command lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sothat.model.duration import format_duration
from sothat.stack.config import StackConfig
from sothat.stack.folder import Folder
from sothat.stack.part import Address, Part

# Scrape job → the part whose /metrics it reads.
JOBS: Mapping[str, str] = {
    "sothat-exporter": "exporter",
    "sothat-incidents": "incidents",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
}
# Part → its `instance` label: a name for people, the same whichever port was free, so that a
# restart makes no second set of series.
INSTANCES: Mapping[str, str] = {
    "exporter": "this-machine",
    "incidents": "incident-service",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
}
LONGEST_TIMEOUT = 10.0
# What the exporter's network collector probes bears the labels that a scrape of /probe would set:
# rules and boards know it by them. Series without both labels stay as they are.
PROBED: Mapping[str, str] = {"job": "([^;]+);.+", "instance": "[^;]+;(.+)"}


def prometheus_config(
    config: StackConfig, addresses: Mapping[str, Address], rules: Path
) -> Mapping[str, Any]:
    """Return Prometheus' configuration as data, in shapes that 2.42 and 3.x both know.

    Args:
        config: The stack's configuration.
        addresses: Where the parts listen.
        rules: The folder of the compiled rules.
    """
    scrape = config.scrape_interval
    return {
        "global": {
            "scrape_interval": format_duration(scrape),
            "scrape_timeout": format_duration(min(scrape, LONGEST_TIMEOUT)),
            "evaluation_interval": format_duration(config.evaluation_interval),
        },
        "rule_files": [f"{rules}/*.yaml"],
        "alerting": {"alertmanagers": [_targets(addresses["alertmanager"])]},
        "scrape_configs": [
            {
                "job_name": job,
                **_targets(addresses[part], instance=INSTANCES[part]),
                **(_relabelled() if part == "exporter" else {}),
            }
            for job, part in JOBS.items()
        ],
    }


def _relabelled() -> Mapping[str, Any]:
    sources = ("module", "target")
    return {
        "metric_relabel_configs": [
            {"source_labels": [*sources], "regex": regex, "target_label": label}
            for label, regex in PROBED.items()
        ]
    }


def _targets(address: Address, **labels: str) -> dict[str, Any]:
    target: dict[str, Any] = {"targets": [str(address)]}
    return {"static_configs": [{**target, "labels": labels} if labels else target]}


def prometheus_text(config: Mapping[str, Any]) -> str:
    """Return the configuration as the YAML that is written to the data folder."""
    body: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return f"# Written by `sothat up` at each start; changes made here are lost.\n{body}"


def prometheus_part(program: Path, file: Path, data: Folder, address: Address) -> Part:
    """Return Prometheus as a part; it starts last, so that it finds all its targets up."""
    return Part(
        "prometheus",
        (
            str(program),
            f"--config.file={file}",
            f"--storage.tsdb.path={data.root / 'prometheus' / 'data'}",
            f"--web.listen-address={address}",
            f"--web.external-url={address.url}",
        ),
        address,
        needs=("incidents", "alertmanager", "exporter"),
        stop_seconds=20,
    )


def alertmanager_part(program: Path, data: Folder, address: Address) -> Part:
    """Return Alertmanager as a part, alone: without the port on which a cluster gossips."""
    return Part(
        "alertmanager",
        (
            str(program),
            f"--config.file={data.compiled / 'alertmanager' / 'alertmanager.yml'}",
            f"--storage.path={data.root / 'alertmanager'}",
            f"--web.listen-address={address}",
            f"--web.external-url={address.url}",
            "--cluster.listen-address=",
        ),
        address,
    )
