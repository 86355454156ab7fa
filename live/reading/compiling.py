"""What of a checked catalogue goes to servers."""

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import emit_all
from sothat.live.reading.compiled import BOARDS, POLICY, ROUTING, RULES
from sothat.model.artefact import Artefact
from sothat.runtime.plugins import load_extensions

_EMITTERS = ("alertmanager", "boards", "incident-policy", "prometheus-rules")


def deployed_artefacts(checked: CheckedCatalogue) -> tuple[Artefact, ...]:
    """Return rules, routing, boards and policy; the rest nobody deploys.

    Raises:
        Unusable: An emitter cannot be loaded.
    """
    modules = load_extensions("sothat.emitters")
    made = emit_all(checked, [modules[name].EMITTER for name in _EMITTERS])
    return tuple(each for each in made if each.path.startswith((RULES, ROUTING, BOARDS, POLICY)))


def units_of(checked: CheckedCatalogue) -> dict[str, str]:
    """Return the base unit of what each alert compares, where its threshold has one."""
    return {
        alert.name: alert.condition.threshold.unit
        for alert in checked.catalogue.alerts
        if alert.condition.threshold
    }
