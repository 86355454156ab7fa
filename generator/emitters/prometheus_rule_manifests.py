"""The rules as PrometheusRule manifests, for the Prometheus operator: one for each rule file.

Made by no template engine, so that the double braces of the annotations reach Prometheus.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import GroupText, group_texts
from sothat.generator.values import Values
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact

Json = dict[str, Any]

# kubectl apply keeps the manifest as JSON in an annotation, and all of those have 256 KiB.
MOST_BYTES = 200 * 1024
_LONGEST_NAME = 200
_NO_NAME = re.compile(r"[^a-z0-9]+")
_LINE = re.compile("(?:^|(?<=[\x85\u2028\u2029]))(?=[^\n])", re.MULTILINE)


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield one file with all manifests."""
    documents = [_manifest(*part, checked.values) for part in _parts(checked)]
    text = "".join(f"---\n{document}" for document in documents)
    yield Artefact("kubernetes/prometheusrules.yaml", f"# {HEADER}\n{text}")


def _parts(checked: CheckedCatalogue) -> Iterator[tuple[str, list[GroupText]]]:
    """Yield the name and the groups of each manifest."""
    taken: set[str] = set()
    for stem, groups in checked.once(group_texts).items():
        for some in _portions(groups):
            name = _free(f"sothat-{_NO_NAME.sub('-', stem.lower()).strip('-')}", taken)
            taken.add(name)
            yield name, some


def _portions(groups: Sequence[GroupText]) -> Iterator[list[GroupText]]:
    """Yield groups that fit into one manifest together."""
    portion: list[GroupText] = []
    size = 0
    for group in groups:
        own = len(group.text.encode())
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


def _manifest(name: str, groups: list[GroupText], values: Values) -> str:
    namespace = values.settings.get("kubernetes.namespace")
    head: Json = {
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
    }
    body = "".join(_LINE.sub("  ", group.text) for group in groups)
    return f"{to_yaml(head, '')}spec:\n  groups:\n{body}"


EMITTER: Emitter = emit
