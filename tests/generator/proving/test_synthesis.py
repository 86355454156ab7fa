"""Tests made of expressions: real promtool passes them, and fails them for a changed rule."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from sothat.generator.proving.cases import Case, Purpose
from sothat.generator.proving.running import Job, Promtool
from sothat.generator.proving.solving.formulas import Formulas
from sothat.generator.proving.workshop import Workshop
from sothat.model.alert import Action, Alert, Condition, Outcome, Recording
from sothat.model.duration import format_duration
from sothat.model.policy import Priority
from sothat.model.problem import Position

HERE = Position("rules.yaml", 1)
# Of every shape that must be solved: X stands for the operator and the threshold.
TEMPLATES = (
    "m X",
    'm{state="failed",zone!="x",kind=~"a|b.+"} X',
    "max_over_time(m[W]) X",
    "avg_over_time(m[W]) X",
    "sum by (site) (min_over_time(m[W])) X",
    "rate(m_total[W]) X",
    "sum by (site) (increase(m_total[W])) X",
    "deriv(m[W]) X",
    "delta(m[W]) X",
    "sum by (site) (m) / sum by (site) (n) X",
    "m / on (site) group_left () (n > 0) X",
    "1 - m / n X",
    "m * 8 + n X",
    'sum(rate(m_total{code=~"5.."}[W])) / sum(rate(m_total[W])) X',
    "rate(m_total[W]) / (rate(m_total[W]) + rate(n_total[W])) X",
    "time() - m X",
    "min by (site) (m) - time() X",
    "histogram_quantile(0.9, sum by (site, le) (rate(m_bucket[W]))) X",
    "m and on (site) n >= 10 X",
    "(m and on (site) n == 1) X",
    "(m unless on (site) n) X",
    "(m or n) X",
    "abs(m) X",
    "clamp_min(m, -5) X",
    'label_replace(m, "host", "$1", "instance", "(.+)-.*") X',
    "site:m:sum X",
    'avg_over_time(site:m:sum{site="a"}[W]) X',
    "quantile by (site) (0.9, m) X",
    "-m X",
)
RECORDINGS = {"site:m:sum": "sum by (site) (m)"}
CONTRARY = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


def formulas() -> Formulas:
    rules = {
        name: Recording(name, expr, "", "", ("site",), HERE) for name, expr in RECORDINGS.items()
    }
    return Formulas(rules)


def alert_of(expr: str, lasts: float = 0.0, keeps: float = 0.0, name: str = "A") -> Alert:
    condition = Condition("", expr, expr, None, lasts, keeps, HERE)
    return Alert(
        name=name,
        domain="plant",
        owner="plant",
        kind="threshold",
        summary="",
        description="",
        condition=condition,
        action=Action(Priority.P2, "", ()),
        outcome=Outcome("", "", ""),
        inhibitions=(),
        examples=(),
        position=HERE,
    )


def cases_of(expr: str, lasts: float = 0.0, keeps: float = 0.0) -> tuple[Case, ...]:
    return Workshop(formulas(), MappingProxyType({})).cases(alert_of(expr, lasts, keeps))


def rule_of(alert: Alert) -> dict[str, Any]:
    condition = alert.condition
    rule: dict[str, Any] = {"alert": alert.name, "expr": condition.expr}
    if condition.for_seconds:
        rule["for"] = format_duration(condition.for_seconds)
    if condition.keep_firing_seconds:
        rule["keep_firing_for"] = format_duration(condition.keep_firing_seconds)
    return rule


def job_of(alert: Alert, case: Case) -> Job:
    recordings = [{"record": name, "expr": expr} for name, expr in RECORDINGS.items()]
    groups = [{"name": "all", "rules": [*recordings, rule_of(alert)]}]
    test = {
        "name": case.name,
        "interval": format_duration(case.interval),
        "input_series": [{"series": s, "values": v} for s, v in case.series],
        "promql_expr_test": [
            {
                "expr": 'ALERTS{alertstate="firing"}',
                "eval_time": format_duration(look.at),
                "exp_samples": [{"labels": spelled(found), "value": 1} for found in look.fires],
            }
            for look in case.looks
        ],
    }
    pace = format_duration(case.every)
    return Job({"groups": groups}, {"evaluation_interval": pace, "tests": [test]})


def spelled(labels: Mapping[str, str]) -> str:
    inside = {**labels, "alertname": "A", "alertstate": "firing"}
    return "ALERTS{" + ",".join(f'{k}="{v}"' for k, v in inside.items()) + "}"


def drawn(seed: int) -> Iterator[Alert]:
    """Yield an alert of each template, with settings that nobody chose."""
    chance = random.Random(seed)  # noqa: S311 – which settings are tried is no secret
    for template in TEMPLATES:
        operator = chance.choice([">", "<", ">=", "<="])
        limit = chance.choice([0.05, 0.2, 0.85, 3, 17, 0.125, 90])
        window = chance.choice(["2m", "5m", "10m", "1h"])
        expr = template.replace("W", window).replace("X", f"{operator} {limit}")
        lasts = chance.choice([0, 60, 300, 900, 7200])
        yield alert_of(expr, lasts, chance.choice([0, 0, 300, 1800]))


def test_promtool_passes_what_is_made_of_templates(release: Promtool) -> None:
    jobs, words = [], []
    for seed in (1, 2, 3):
        for alert in drawn(seed):
            for case in cases_of_alert(alert):
                jobs.append(job_of(alert, case))
                words.append(f"{alert.condition.expr}: {case.name}")
    assert len(jobs) > len(TEMPLATES) * 3
    wrong = [
        f"{w}\n{a.words}" for w, a in zip(words, release.run(jobs), strict=True) if not a.passed
    ]
    assert not wrong, "\n".join(wrong[:5])


def cases_of_alert(alert: Alert) -> tuple[Case, ...]:
    return Workshop(formulas(), MappingProxyType({})).cases(alert)


def test_nearly_every_template_can_be_solved() -> None:
    unsolved = [
        a.condition.expr for seed in (1, 2, 3) for a in drawn(seed) if not cases_of_alert(a)
    ]
    assert len(unsolved) <= len(TEMPLATES) * 3 // 5, unsolved


def changed(alert: Alert) -> Iterator[tuple[str, Alert]]:
    """Yield the alert with one thing changed."""
    condition = alert.condition
    match = re.search(r"(>=|<=|==|!=|>|<) (-?[0-9.]+)$", condition.expr)
    assert match
    start, operator, limit = condition.expr[: match.start()], match[1], float(match[2])
    for text in (f"{operator} {limit * 1.01}", f"{operator} {limit * 0.99}"):
        yield f"threshold {text}", with_condition(alert, expr=start + text)
    contrary = f"{CONTRARY[operator]} {limit}"
    yield contrary, with_condition(alert, expr=start + contrary)
    lasts, keeps = condition.for_seconds, condition.keep_firing_seconds
    yield "for", with_condition(alert, for_seconds=lasts * 2 or 300.0)
    if lasts:
        yield "no for", with_condition(alert, for_seconds=0.0)
    yield "keep_firing_for", with_condition(alert, keep_firing_seconds=keeps * 2 or 300.0)


def with_condition(alert: Alert, **settings: Any) -> Alert:
    return replace(alert, condition=replace(alert.condition, **settings))


def test_a_changed_rule_fails_its_tests(tool: Promtool) -> None:
    jobs, words = [], []
    for alert in drawn(4):
        for change, mutant in changed(alert):
            for case in cases_of_alert(alert):
                jobs.append(job_of(mutant, case))
                words.append((alert.condition.expr, change))
    killed: dict[tuple[str, str], bool] = {}
    for word, answer in zip(words, tool.run(jobs), strict=True):
        killed[word] = killed.get(word, False) or not answer.passed
    survivors = [word for word, dead in killed.items() if not dead]
    assert len(survivors) <= len(killed) // 50, survivors


@pytest.mark.parametrize(
    "expr",
    [
        "holt_winters(m[1h], 0.5, 0.5) > 3",
        "m @ 30 > 5",
        '{__name__=~"m.*"} > 5',
        "topk(3, m) > 5",
        'm{kind=~"\\\\pL+"} > 5',
        "vector(1)",
        "m > 5 and m < 4",
        "m",
        "max_over_time(max_over_time(m[30d:1m])[30d:1m]) > 1",
        "max_over_time(m[1y:1s]) > 1",
        "max_over_time(m[1000y]) > 1",
    ],
)
def test_what_is_beyond_us_is_left_to_examples(expr: str) -> None:
    assert cases_of(expr) == ()


def test_rules_that_read_themselves_or_each_other_for_ever_are_left_to_examples() -> None:
    chain = {f"r{n}": f"r{n - 1} + r{n - 1}" for n in range(1, 1_500)}
    ends = ({**chain, "r": "r24"}, {**chain, "r": "r1499"})
    for rules in ({"r": "r"}, {"r": "s", "s": "r"}, *ends):
        made = {name: Recording(name, expr, "", "", (), HERE) for name, expr in rules.items()}
        workshop = Workshop(Formulas(made), MappingProxyType({}))
        assert workshop.cases(alert_of("r > 1")) == ()


def test_the_quiet_boundary_is_exact() -> None:
    (fires, *_) = cases_of("rate(m_total[5m]) > 0.05", lasts=600)
    assert fires.purpose is Purpose.FIRES
    assert any("+" in values for _, values in fires.series)


def test_an_alert_for_absence_fires_when_its_series_goes() -> None:
    (case, *_) = cases_of('absent(up{job="a"})', lasts=300, keeps=300)
    assert [bool(look.fires) for look in case.looks] == [False, False, True, True, True, False]
    assert case.looks[2].fires == ({"job": "a"},)


def test_the_same_input_gives_the_same_tests() -> None:
    assert [cases_of_alert(a) for a in drawn(5)] == [cases_of_alert(a) for a in drawn(5)]


# A condition on rules, and what they are called and read.
SHAPE = (
    'label_replace(ONE, "x", "ONE", "x", "") > 1 and on (site) TWO > 5',
    ("sum by (site) (m)", "sum by (site) (n)"),
)


def made_by(
    names: tuple[str, str], shape: tuple[str, tuple[str, ...]] = SHAPE
) -> tuple[Workshop, Alert]:
    """Return a workshop of rules under some names, and an alert that reads them."""
    texts = (
        re.sub(r'(?<!")ONE', names[0], text.replace("TWO", names[1]))
        for text in (*shape[1], shape[0])
    )
    *exprs, condition = texts
    rules = {
        name: Recording(name, expr, "", "", ("site",), HERE)
        for name, expr in zip(names, exprs, strict=True)
    }
    return Workshop(Formulas(rules), MappingProxyType({})), alert_of(condition)


def test_rules_under_other_names_make_the_same_tests_once() -> None:
    one, first = made_by(("site:a:sum", "site:b:sum"))
    other, second = made_by(("site:z:rate", "site:c:max"))
    made = one.cases(first)
    assert made
    assert other.cases(second) == made
    assert not one.book.lacking([*other.keys.values()])


@pytest.mark.parametrize(
    "shape",
    [
        (SHAPE[0].replace("(ONE", "(TWO"), SHAPE[1]),
        (SHAPE[0].replace('"ONE"', '"site:z:rate"'), SHAPE[1]),
        (SHAPE[0], ("sum by (site) (m)", "max by (site) (n)")),
        (SHAPE[0], ("sum by (site) (n)", "sum by (site) (n)")),
    ],
)
def test_what_differs_in_more_than_names_has_tests_of_its_own(
    shape: tuple[str, tuple[str, ...]],
) -> None:
    one, first = made_by(("site:a:sum", "site:b:sum"))
    other, second = made_by(("site:z:rate", "site:c:max"), shape)
    one.cases(first)
    other.cases(second)
    assert one.book.lacking([*other.keys.values()])
