"""The rules for rulers: a namespace for Mimir and Cortex, and a file for Thanos."""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import group_texts
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the namespace as ``mimirtool rules load`` takes it, and Thanos' rule file."""
    settings = checked.values.settings
    groups = [group for listed in checked.once(group_texts).values() for group in listed]
    namespace, strategy = settings["ruler.namespace"], settings["ruler.partial_response"]
    body = "".join(group.text for group in groups)
    head = to_yaml({"namespace": namespace}, HEADER)
    yield Artefact(f"ruler/{namespace}.yaml", f"{head}groups:\n{body}")
    body = "".join(_with_strategy(group.text, strategy) for group in groups)
    yield Artefact("ruler/thanos.yaml", f"# {HEADER}\ngroups:\n{body}")


def _with_strategy(text: str, strategy: str) -> str:
    """Return a group with a line more, after that of its name."""
    name, line_end, rest = text.partition("\n")
    return f"{name}{line_end}    partial_response_strategy: {strategy}\n{rest}"


EMITTER: Emitter = emit
