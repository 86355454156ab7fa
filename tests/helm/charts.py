"""Renders the chart, and reads what comes of it as Kubernetes reads it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "sothat"
# What the chart's `kubeVersion` begins with, and the newest there are schemas of.
OLDEST, NEWEST = "1.31", "1.37"
Manifest = dict[str, Any]


def tools_folder() -> str:
    """Return where `tools/set-up` puts what it compiles."""
    kept = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sothat" / "tools"
    return os.environ.get("SOTHAT_CURRENT_TOOLS") or str(kept)


def program(name: str) -> str:
    """Return a program that `tools/set-up` brings, or skip the test."""
    folders = (tools_folder(), os.environ.get("SOTHAT_TOOLS", ""), os.environ.get("PATH", ""))
    found = next(filter(None, (shutil.which(name, path=f) for f in folders if f)), None)
    if found is None:
        pytest.skip(f"no {name} (tools/set-up)")
    return found


class Loader(yaml.CSafeLoader):
    """YAML as Go reads it: ``=`` is text, and ``03:00`` no number of minutes."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in known if tag.endswith((":null", ":bool", ":merge"))]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?[0-9]+$"), [*"-0123456789"])
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), [*"-0123456789"]
)


def helm(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Helm."""
    command = [program("helm"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, done.stderr
    return done


def template(
    folder: Path, values: Mapping[str, Any], *more: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Render the chart with some values; ``folder`` takes the file of them."""
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(dict(values)))
    version = f"--kube-version={NEWEST}.0"
    return helm(
        "template", "try", str(CHART), "-n", "watch", "-f", str(file), version, *more, check=check
    )


def manifests(text: str) -> list[Manifest]:
    """Return the objects of rendered text."""
    return [one for one in yaml.load_all(text, Loader=Loader) if one]


def name_of(manifest: Manifest) -> str:
    """Return how an object is called, for messages."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pods(rendered: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Yield name and spec of every pod that the objects make."""
    for one in rendered:
        if one["kind"] == "Pod":
            yield name_of(one), one["spec"]
        elif "template" in one.get("spec", {}):
            yield name_of(one), one["spec"]["template"]["spec"]


OPERATOR = ("--api-versions=monitoring.coreos.com/v1",)
_TRUST = {"storeRef": {"name": "vault"}, "data": {"webhook-token": {"key": "sothat/webhook"}}}
# Each a way in which somebody may want it; the names are those of the tests.
MATRIX: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "defaults": ({}, ()),
    "operator": ({"monitoring": {"labels": {"release": "kube-prometheus-stack"}}}, OPERATOR),
    "operator-beta": (
        {"monitoring": {"boards": {"mode": "operator"}}},
        (*OPERATOR, "--api-versions=monitoring.coreos.com/v1beta1/AlertmanagerConfig"),
    ),
    "everything": (
        {
            "commonLabels": {"cost": "platform"},
            "image": {"digest": f"sha256:{'a' * 64}"},
            "imagePullSecrets": ["registry"],
            "urls": {"incidents": "https://incidents.example.org/", "grafana": "https://g.example"},
            "secrets": {"externalSecret": {"enabled": True, **_TRUST}},
            "networkPolicy": {"people": [{"namespaceSelector": {"matchLabels": {"n": "ingress"}}}]},
            "exporters": {
                "probes": {
                    "autoscaling": {"enabled": True},
                    "sysctls": [{"name": "net.ipv4.ping_group_range", "value": "0 2147483647"}],
                    "probes": [
                        {"name": "shop", "module": "web", "targets": ["https://shop.example.org"]}
                    ],
                },
                "host": {"enabled": True},
                "databases": {"enabled": True, "secret": "databases"},
                "tuya": {
                    "enabled": True,
                    "replicas": 5,
                    "handover": {"of": 4, "until": "2026-11-23T04:00:00Z"},
                    "files": {"inventory.yaml": "kind: Inventory\n"},
                },
            },
            "incidents": {
                "autoscaling": {"enabled": True},
                "alertmanagers": ["http://alertmanager-operated:9093"],
                "secret": "channels",
                "runbooks": ["own-runbooks"],
                "people": {"apiVersion": "sothat/v1", "kind": "People", "users": {}},
                "priorityClassName": "system-cluster-critical",
                "nodeSelector": {"disk": "fast"},
                "tolerations": [{"operator": "Exists"}],
            },
            "ingress": {"enabled": True, "host": "incidents.example.org", "className": "nginx"},
            "certificate": {"enabled": True, "issuerRef": {"name": "letsencrypt"}},
            "gateway": {
                "enabled": True,
                "parentRefs": [{"name": "public"}],
                "hostnames": ["incidents.example.net"],
            },
            "monitoring": {"rules": {"without": ["kubernetes"]}},
        },
        OPERATOR,
    ),
    "sqlite": (
        {
            "incidents": {
                "store": {"type": "sqlite", "volume": {"storageClass": "fast"}},
                "replicas": 1,
            },
            "secrets": {"generate": True},
        },
        (),
    ),
    "exporters-only": (
        {"incidents": {"enabled": False}, "monitoring": {"mode": "none"}},
        (),
    ),
    "bare": (
        {
            "serviceAccount": {"create": False},
            "networkPolicy": {"enabled": False},
            "test": {"enabled": False},
            "monitoring": {
                "rules": {"enabled": False},
                "boards": {"enabled": False},
                "alertmanager": {"enabled": False},
            },
            "fullnameOverride": "watch",
            "incidents": {"migration": {"enabled": False}, "topologySpread": False},
        },
        (),
    ),
}


@cache
def rendered(case: str, folder: Path) -> tuple[Manifest, ...]:
    """Return the objects of one case of the matrix."""
    values, more = MATRIX[case]
    return tuple(manifests(template(folder, values, *more).stdout))
