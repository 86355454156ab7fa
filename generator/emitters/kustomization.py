"""A Kustomize base of everything compiled for Kubernetes: who needs no Helm applies it as it is.

Policy and runbooks become ConfigMaps by Kustomize's own generator, several for the runbooks: one
holds a mebibyte at most.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from zlib import adler32

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.runbooks.pages import library_of, names_of
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact

# Grafana's operator is not asked for: its manifests refer to the ConfigMaps, and are added where it
# runs.
_MANIFESTS = ("prometheusrules", "alertmanagerconfig", "dashboards")
PORTIONS = 4
_HEADER = f"""{HEADER}
kubectl apply --server-side -k . --namespace NAMESPACE. Where Grafana's operator runs, add
kubernetes/grafanadashboards.yaml; where only v1alpha1 of the AlertmanagerConfig is served, leave
that out and let the chart make it. The incident service mounts sothat-policy and
sothat-runbooks-*."""


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the one file, at the top: Kustomize takes nothing from beside it."""
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"kubernetes/{name}.yaml" for name in _manifests(checked)],
        "configMapGenerator": [
            {"name": "sothat-policy", "files": ["incidents/policy.json"]},
            *_runbooks(names_of(library_of(checked))),
        ],
        "generatorOptions": {
            "disableNameSuffixHash": True,
            "labels": {"app.kubernetes.io/managed-by": "sothat"},
        },
    }
    yield Artefact("kustomization.yaml", to_yaml(content, _HEADER))


def _manifests(checked: CheckedCatalogue) -> Iterator[str]:
    return (name for name in _MANIFESTS if name != "dashboards" or checked.boards)


def _runbooks(names: Iterable[str]) -> Iterator[dict[str, object]]:
    """Yield the ConfigMaps of the pages: a page stays in its portion, whatever others come."""
    portions: defaultdict[int, list[str]] = defaultdict(list)
    for name in names:
        portions[adler32(name.encode()) % PORTIONS].append(f"runbooks/{name}.md")
    for number, files in sorted(portions.items()):
        yield {"name": f"sothat-runbooks-{number}", "files": sorted(files)}


EMITTER: Emitter = emit
