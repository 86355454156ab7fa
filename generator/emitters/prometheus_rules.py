"""Prometheus' rule files: one a domain, and one a file of recording rules."""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.rule_files import group_texts
from sothat.generator.yaml_text import HEADER
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the rule files."""
    for stem, groups in checked.once(group_texts).items():
        body = "".join(group.text for group in groups)
        yield Artefact(f"prometheus/rules/{stem}.yaml", f"# {HEADER}\ngroups:\n{body}")


EMITTER: Emitter = emit
