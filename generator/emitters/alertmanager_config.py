"""The routing as a manifest for the Prometheus operator."""

from collections.abc import Iterator
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.notifying.operator import SECRET, spec_of
from sothat.generator.notifying.plan import plan_of
from sothat.generator.values import Values
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact

_HEADER = f"""{HEADER}
All secrets are keys of the Secret {SECRET} in the same namespace, each named after its file.
The operator adds a matcher for this namespace: alerts of others need the Alertmanager's
alertmanagerConfigMatcherStrategy to be None. It knows no locations: times are in UTC, written out
for the years that the policy's calendars declare."""


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the manifest."""
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1beta1",
        "kind": "AlertmanagerConfig",
        "metadata": _metadata(checked.values),
        "spec": spec_of(plan_of(checked.catalogue, checked.values)),
    }
    yield Artefact("kubernetes/alertmanagerconfig.yaml", to_yaml(manifest, _HEADER))


def _metadata(values: Values) -> dict[str, Any]:
    namespace = values.settings.get("kubernetes.namespace")
    return {
        "name": "sothat",
        **({"namespace": namespace} if namespace else {}),
        "labels": {"app.kubernetes.io/managed-by": "sothat"},
    }


EMITTER: Emitter = emit
