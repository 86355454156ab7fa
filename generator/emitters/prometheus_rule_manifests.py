"""The rules as PrometheusRule manifests, for the Prometheus operator: one for each rule file.

Made by no template engine, so that the double braces of the annotations reach Prometheus.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import rule_files
from sothat.generator.values import Values
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact

Json = dict[str, Any]

# kubectl apply keeps the manifest as JSON in an annotation, and all of those have 256 KiB.
MOST_BYTES = 200 * 1024
_LONGEST_NAME = 200
_NO_NAME = re.compile(r"[^a-z0-9]+")


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield one file with all manifests."""
    manifests = [_manifest(*part, checked.values) for part in _parts(checked)]
    documents = [to_yaml(manifest, "") for manifest in manifests]
    yield Artefact(
        "kubernetes/prometheusrules.yaml", f"# {HEADER}\n" + "".join(f"---\n{d}" for d in documents)
    )


def _parts(checked: CheckedCatalogue) -> Iterator[tuple[str, list[Json]]]:
    """Yield the name and the groups of each manifest."""
    taken: set[str] = set()
    for stem, groups in rule_files(checked).items():
        for some in _portions(groups):
            name = _free(f"sothat-{_NO_NAME.sub('-', stem.lower()).strip('-')}", taken)
            taken.add(name)
            yield name, some


def _portions(groups: Sequence[Json]) -> Iterator[list[Json]]:
    """Yield groups that fit into one manifest together."""
    portion: list[Json] = []
    size = 0
    for group in groups:
        own = len(json.dumps(group).encode())
        if portion and size + own > MOST_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(group)
        size += own
    yield portion


def _free(name: str, taken: set[str]) -> str:
    """Return a name of RFC 1123 that no manifest has yet."""
    number, free = 1, name[:_LONGEST_NAME].rstrip("-")
    while free in taken:
        number += 1
        free = f"{name[:_LONGEST_NAME].rstrip('-')}-part-{number}"
    return free


def _manifest(name: str, groups: list[Json], values: Values) -> Json:
    namespace = values.settings.get("kubernetes.namespace")
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": name,
            **({"namespace": namespace} if namespace else {}),
            "labels": {
                "app.kubernetes.io/managed-by": "sothat",
                **values.pairs("kubernetes.rule_labels"),
            },
        },
        "spec": {"groups": groups},
    }


EMITTER: Emitter = emit
