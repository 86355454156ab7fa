"""promtool's unit tests: those made from each alert's expression, and its own examples.

What is expected is asked of the series ``ALERTS``, label for label; texts are not compared,
so that a better wording never breaks a test.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
from sothat.generator.groups import Evaluation, evaluations
from sothat.generator.promql import quoted
from sothat.generator.proving.cases import Case, Look, Purpose
from sothat.generator.proving.workshop import Workshop
from sothat.generator.rule_texts import static_labels
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.alert import Alert, Catalogue
from sothat.model.artefact import Artefact
from sothat.model.duration import format_duration
from sothat.runtime.forks import processors

_USUAL_INTERVAL = 60.0
_TESTS = "tests:\n"


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield a test file for each domain and pace of evaluation.

    Where an environment changed a threshold or a duration, the examples are left out: they speak
    of the condition as the catalogue has it.
    """
    checked.workshop.prepare(checked.catalogue.alerts, processors())
    for domain, needed in sorted(evaluations(checked.catalogue).items()):
        for every, tests in sorted(_of_domain(domain, checked.catalogue, checked.workshop).items()):
            yield _file(domain, every, tests, needed)


def _of_domain(domain: str, catalogue: Catalogue, workshop: Workshop) -> dict[float, list[str]]:
    """Return the tests of a domain by the seconds between two evaluations."""
    files: dict[float, list[str]] = {}
    for alert in catalogue.alerts:
        if alert.domain != domain:
            continue
        labels = static_labels(alert, catalogue)
        for case in (*workshop.cases(alert), *_examples(alert)):
            text = to_yaml({"tests": [_test(alert, case, labels)]}, "").removeprefix(_TESTS)
            files.setdefault(case.every, []).append(text)
    return files


def _examples(alert: Alert) -> Iterator[Case]:
    """Yield an alert's examples as cases; rules are evaluated as often as there are samples."""
    for example in () if alert.condition.tuned else alert.examples:
        yield Case(
            alert=alert.name,
            name=example.name,
            purpose=Purpose.FIRES if example.fires else Purpose.QUIET,
            interval=example.interval,
            every=example.interval,
            series=example.series,
            looks=(Look(example.at, example.fires),),
        )


def _file(domain: str, every: float, tests: Iterable[str], evaluation: Evaluation) -> Artefact:
    pace = format_duration(every)
    content = {
        "rule_files": [f"../rules/{name}.yaml" for name in evaluation.files],
        "evaluation_interval": pace,
        # Without an order promtool takes any, and an alert would read its figure too early.
        "group_eval_order": list(evaluation.order),
    }
    suffix = "" if every == _USUAL_INTERVAL else f"-{pace}"
    return Artefact(
        f"prometheus/tests/{domain}{suffix}.yaml",
        "".join((to_yaml(content, HEADER), _TESTS, *tests)),
    )


def _test(alert: Alert, case: Case, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": f"{alert.name}: {case.name}",
        "interval": format_duration(case.interval),
        "input_series": [{"series": name, "values": values} for name, values in case.series],
        "promql_expr_test": [_expectation(alert, look, labels) for look in case.looks],
    }


def _expectation(alert: Alert, look: Look, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "expr": f'ALERTS{{alertname="{alert.name}",alertstate="firing"}}',
        "eval_time": format_duration(look.at),
        "exp_samples": [
            {"labels": _alerts_series({**found, **labels}, alert), "value": 1}
            for found in look.fires
        ],
    }


def _alerts_series(labels: dict[str, str], alert: Alert) -> str:
    every = {**labels, "alertname": alert.name, "alertstate": "firing"}
    inside = ",".join(f"{name}={quoted(every[name])}" for name in sorted(every))
    return f"ALERTS{{{inside}}}"


EMITTER: Emitter = emit
