"""The rules for rulers: a namespace for Mimir and Cortex, and a file for Thanos."""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import rule_files
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the namespace as ``mimirtool rules load`` takes it, and Thanos' rule file."""
    settings = checked.values.settings
    groups = [group for listed in rule_files(checked).values() for group in listed]
    namespace = settings["ruler.namespace"]
    content = {"namespace": namespace, "groups": groups}
    yield Artefact(f"ruler/{namespace}.yaml", to_yaml(content, HEADER))
    strategy = {"partial_response_strategy": settings["ruler.partial_response"]}
    thanos = {"groups": [{"name": g["name"], **strategy, "rules": g["rules"]} for g in groups]}
    yield Artefact("ruler/thanos.yaml", to_yaml(thanos, HEADER))


EMITTER: Emitter = emit
