"""A catalogue held against a real Prometheus with a history that is known."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.live.reconciling.costs import Price, price_problems
from sothat.live.reconciling.questions import Selector, questions_of, selectors_of
from sothat.live.reconciling.reconciling import Reconciled, reconcile
from sothat.live.state import BoardState, Group, Rule, State
from sothat.live.textfiles.writing import write_dead_rules
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence, index
from sothat.runtime.prometheus import Prometheus

from .servers import PROMETHEUS, prometheus, releases, run

PROMTOOL = releases("promtool")
DAY = 86_400.0
# Since when, until when (days ago), and of which series there are samples.
SERIES = {
    'up{job="app",instance="one"}': (2.0, 0.0),
    'up{job="app",instance="two"}': (2.0, 0.0),
    'app_requests{job="app",instance="one",code="200",path="/"}': (2.0, 0.0),
    'app_requests{job="app",instance="two",code="teapot"}': (2.0, 0.0),
    'app_build{job="app",instance="one"}': (2.0, 0.0),
    'app_renamed{job="app",instance="one",zone="old"}': (2.0, 1.0),
    'app_renamed{job="app",instance="one",zone="new"}': (2.0, 0.0),
    'app_gone{job="app",instance="one"}': (2.0, 1.0),
    'app_failures{job="app",instance="one"}': (2.0, 1.0),
}


def gauge(name: str, *labels: Label, presence: Presence = Presence.ALWAYS) -> MetricFamily:
    return MetricFamily(name, MetricType.GAUGE, name, "", labels, presence)


DECLARED = index(
    [
        Contract(
            "app",
            (
                gauge("app_requests", Label("code", values=("200", "500")), Label("path")),
                gauge("app_build"),
                gauge("app_renamed", Label("zone")),
                gauge("app_gone"),
                gauge("app_failures", presence=Presence.EVENT),
                gauge("app_never"),
            ),
        ),
        Contract("elsewhere", (gauge("elsewhere_up"),)),
    ]
)


def alert(name: str, expr: str) -> Rule:
    return Rule(
        name, alert=True, expr=expr, hold=0, keep=0, labels={}, annotations={}, group="sothat-a"
    )


ALERTS = (
    alert("Well", "app_requests > 1"),
    alert("Renamed", 'app_renamed{zone="old"} > 1'),
    alert("Gone", "rate(app_gone[5m]) > 1"),
    alert("Failures", "app_failures > 0"),
    alert("Silent", "absent(app_gone)"),
    alert("Never", "app_never == 1"),
    alert("Build", "app_build == 1"),
    alert("Elsewhere", "elsewhere_up == 0"),
)
PANEL = {"title": "Requests", "targets": [{"expr": 'sum(app_requests{path="$path"})'}]}
BOARD = BoardState("sothat-app", "App", "", {"panels": [PANEL]})
STATE = State((Group("sothat-a", None, ALERTS),), boards={"sothat-app": BOARD})


def load(folder: Path, now: float) -> None:
    """Make blocks of the series, as promtool does it."""
    lines = []
    for series, (since, until) in SERIES.items():
        at = now - since * DAY
        while at <= now - until * DAY:
            lines.append(f"{series} 1 {at:.0f}")
            at += 120 if at > now - 1000 else 3600
    text = folder / "history.txt"
    names = dict.fromkeys(line.partition("{")[0] for line in lines)
    by_name = [line for name in names for line in lines if line.startswith(f"{name}{{")]
    text.write_text("\n".join([*by_name, "# EOF", ""]))
    words = ["tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
    subprocess.run([PROMTOOL[0], *words], check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reconciled]:
    folder = tmp_path_factory.mktemp("prometheus")
    now = float(int(time.time()) - 60)
    load(folder, now)
    server = prometheus(PROMETHEUS[0], folder)
    with run(server):
        yield reconcile(Prometheus(server.url), STATE, DECLARED, now, 7 * DAY)


pytestmark = pytest.mark.skipif(not (PROMETHEUS and PROMTOOL), reason="no Prometheus here")


def said(found: Reconciled, code: str) -> list[str]:
    return [problem.message for problem in found.problems if problem.code == code]


def test_dead_rules_are_those_whose_series_vanished(found: Reconciled) -> None:
    assert {(rule.name, rule.selector) for rule in found.dead} == {
        ("Renamed", 'app_renamed{zone="old"}'),
        ("Gone", "app_gone"),
    }
    assert len(said(found, "rule-series-vanished")) == 2


def test_metrics_that_are_missing(found: Reconciled) -> None:
    missing = said(found, "missing-family")
    assert any(text.startswith("app_never is not there,") for text in missing)
    assert any(text.startswith("app_gone is not there any more") for text in missing)
    assert len(missing) == 2


def test_a_source_that_is_not_scraped(found: Reconciled) -> None:
    assert said(found, "source-not-scraped") == [
        "nothing of elsewhere is there; without it: Elsewhere"
    ]


def test_labels_and_values(found: Reconciled) -> None:
    assert said(found, "missing-label") == ["app_requests: 1 of 2 series lack path, at app/two"]
    assert said(found, "undeclared-value") == [
        "app_requests: code has values outside the declared: teapot"
    ]


def test_targets_that_lack_what_others_of_their_job_have(found: Reconciled) -> None:
    lacking = said(found, "target-lacks-metric")
    assert "app_build is missing at app/two, which are up" in lacking
    assert not any("app_requests" in text for text in lacking)


def test_prices_are_the_servers_own(found: Reconciled) -> None:
    prices = {price.name: price for price in found.prices}
    assert prices["Well"].samples == 2
    assert prices["sothat-app: panel 'Requests'"].samples == 2
    assert found.prices == tuple(sorted(found.prices, key=lambda price: -price.samples))


def test_dead_rules_as_metrics(found: Reconciled, tmp_path: Path) -> None:
    file = tmp_path / "rules.prom"
    write_dead_rules(file, found.dead, 7.0)
    assert 'sothat_rule_series_missing{rule="Gone"} 1.0' in file.read_text()
    write_dead_rules(file, (), 8.0)
    assert "Gone" not in file.read_text()


def test_what_is_dear_is_told() -> None:
    dear = Price("alert", "Dear", 1.5, 10, 10)
    wide = Price("panel", "Wide", 0.1, 10, 6_000_000)
    odd = Price("alert", "Odd", 0.0, 0, 0, "it is refused")
    codes = [
        problem.code for problem in price_problems([dear, wide, odd, Price("a", "b", 1, 1, 1)])
    ]
    assert codes == ["costly-query", "costly-query", "query-refused"]


def test_selectors_of_queries() -> None:
    query = 'sum(rate(a{b="c"}[5m])) / {__name__="d"} unless absent(e) or f offset 5m'
    assert list(selectors_of(query)) == [
        Selector("a", 'a{b="c"}'),
        Selector("d", '{__name__="d"}'),
        Selector("f", "f"),
    ]
    assert list(selectors_of("no promql (")) == []


def test_a_variable_stands_for_all_values() -> None:
    panel = next(each for each in questions_of(STATE) if each.kind == "panel")
    assert panel.query == 'sum(app_requests{path=~".*"})'
