"""promtool's unit tests from the alerts' examples: each fires, and each stays quiet.

What is expected is asked of the series ``ALERTS``, label for label; texts are not compared,
so that a better wording never breaks a test.
"""

from collections.abc import Iterator
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.groups import Evaluation, evaluations
from sothat.generator.rule_texts import static_labels
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.alert import Alert, Catalogue, Example
from sothat.model.artefact import Artefact
from sothat.model.duration import format_duration

_USUAL_INTERVAL = 60.0


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield a test file for each domain and interval of its examples.

    An alert whose threshold or durations an environment changed is left out: its examples speak
    of the condition as the catalogue has it.
    """
    files: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for alert in checked.catalogue.alerts:
        for example in () if alert.condition.tuned else alert.examples:
            test = _test(alert, example, checked.catalogue)
            files.setdefault((alert.domain, example.interval), []).append(test)
    needed = evaluations(checked.catalogue)
    for (domain, interval), tests in sorted(files.items(), key=lambda item: item[0]):
        yield _file(domain, interval, tests, needed[domain])


def _file(
    domain: str, interval: float, tests: list[dict[str, Any]], evaluation: Evaluation
) -> Artefact:
    """Return a test file; rules are evaluated as often as its examples have samples."""
    every = format_duration(interval)
    content = {
        "rule_files": [f"../rules/{name}.yaml" for name in evaluation.files],
        "evaluation_interval": every,
        # Without an order promtool takes any, and an alert would read its figure too early.
        "group_eval_order": list(evaluation.order),
        "tests": tests,
    }
    suffix = "" if interval == _USUAL_INTERVAL else f"-{every}"
    return Artefact(f"prometheus/tests/{domain}{suffix}.yaml", to_yaml(content, HEADER))


def _test(alert: Alert, example: Example, catalogue: Catalogue) -> dict[str, Any]:
    query = f'ALERTS{{alertname="{alert.name}",alertstate="firing"}}'
    expected = [
        {"labels": _alerts_series({**labels, **static_labels(alert, catalogue)}, alert), "value": 1}
        for labels in example.fires
    ]
    return {
        "name": f"{alert.name}: {example.name}",
        "interval": format_duration(example.interval),
        "input_series": [{"series": name, "values": values} for name, values in example.series],
        "promql_expr_test": [
            {"expr": query, "eval_time": format_duration(example.at), "exp_samples": expected}
        ],
    }


def _alerts_series(labels: dict[str, str], alert: Alert) -> str:
    every = {**labels, "alertname": alert.name, "alertstate": "firing"}
    inside = ",".join(f'{name}="{_escaped(every[name])}"' for name in sorted(every))
    return f"ALERTS{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


EMITTER: Emitter = emit
