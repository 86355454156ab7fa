"""Prometheus' rule files: one a domain, and one a file of recording rules."""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import rule_files
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the rule files."""
    for stem, groups in rule_files(checked).items():
        yield Artefact(f"prometheus/rules/{stem}.yaml", to_yaml({"groups": groups}, HEADER))


EMITTER: Emitter = emit
