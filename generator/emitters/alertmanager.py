"""Alertmanager's configuration: who is told what, and when.

Alertmanager groups, repeats, mutes and tells the channels that it knows; who is called, and
whether somebody answered, is the incident service's business.
"""

from collections.abc import Iterator

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.notifying.configuration import configuration_of
from sothat.generator.notifying.plan import plan_of
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the configuration."""
    config = configuration_of(plan_of(checked.catalogue, checked.values))
    yield Artefact("alertmanager/alertmanager.yml", to_yaml(config, HEADER))


EMITTER: Emitter = emit
