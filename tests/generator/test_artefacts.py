"""What the compiler writes: golden files, determinism, and the word of the real tools."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from sothat.generator.compile import Inputs, installed_inputs
from sothat.generator.proving.proof import prove
from sothat.generator.proving.running import Promtool
from sothat.generator.proving.subjects import subjects_of
from sothat.generator.values import Values, load_values
from sothat.model.artefact import Artefact

GOLDEN = Path(__file__).parent / "golden"
DEMO = Path(__file__).parents[2] / "examples" / "demo" / "values.yaml"
Build = Callable[[Inputs], dict[str, str]]


@pytest.fixture(scope="module")
def shipped(built: Build) -> dict[str, str]:
    return built(installed_inputs(None, Values()))


def test_golden(small: Inputs, built: Build) -> None:
    texts = built(small)
    wanted = {str(p.relative_to(GOLDEN)): p.read_text() for p in GOLDEN.rglob("*") if p.is_file()}
    assert sorted(texts) == sorted(wanted)
    for path, text in texts.items():
        assert text == wanted[path], path


def test_the_same_bytes_every_time(small: Inputs, built: Build) -> None:
    assert built(small) == built(small)


_ORDERS = ("as it is", "reversed")
_BUILD = """
import os, pathlib, sys
if sys.argv[1] == "reversed":
    for scan in ("rglob", "glob", "iterdir"):
        plain = getattr(pathlib.Path, scan)
        turned = lambda self, *some, plain=plain: iter(list(plain(self, *some))[::-1])
        setattr(pathlib.Path, scan, turned)
    listdir = os.listdir
    os.listdir = lambda *some: listdir(*some)[::-1]
from sothat.commands._main import run
run(["build", "-o", sys.argv[2]])
"""


def test_the_same_bytes_whatever_hashes_and_folders_say(tmp_path: Path) -> None:
    """Two processes with other hashes, one of which reads every folder backwards."""
    for number, order in enumerate(_ORDERS):
        command = [sys.executable, "-c", _BUILD, order, str(tmp_path / order)]
        environment = {**os.environ, "PYTHONHASHSEED": str(number + 1)}
        subprocess.run(command, env=environment, check=True, timeout=240, capture_output=True)
    one, other = ((tmp_path / order / "manifest.json").read_text() for order in _ORDERS)
    assert one == other
    assert len(json.loads(one)["files"]) > 200


def test_promtool_accepts_the_small_rules_and_their_tests(
    small: Inputs, built: Build, write_out: Callable, run_tool: Callable, promtool: str
) -> None:
    folder = write_out(built(small))
    rules = run_tool(promtool, "check", "rules", *(folder / "prometheus/rules").glob("*.yaml"))
    assert rules.returncode == 0, rules.stdout + rules.stderr
    tests = run_tool(promtool, "test", "rules", *(folder / "prometheus/tests").glob("*.yaml"))
    assert tests.returncode == 0, tests.stdout + tests.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('threshold: "== 0"\n      window', 'threshold: "== 1"\n      window'),
        ('threshold: "< 85%"', 'threshold: "< 84%"'),
        ('threshold: "< 85%"', 'threshold: "<= 85%"'),
        ("max_over_time(plant_pump_up", "min_over_time(plant_pump_up"),
        ("window: 2m\n      for: 1m", "window: 2m\n      for: 12m"),
    ],
)
def test_a_mutated_condition_is_killed_by_the_alert_s_own_tests(
    bend: Callable, built: Build, write_out: Callable, run_tool: Callable, old: str, new: str
) -> None:
    folder = write_out(built(bend(old, new)))
    tests = run_tool("promtool", "test", "rules", *(folder / "prometheus/tests").glob("*.yaml"))
    assert tests.returncode != 0, "the mutant lives"


def test_promtool_accepts_the_shipped_rules(
    shipped: dict[str, str], write_out: Callable, run_tool: Callable, promtool: str
) -> None:
    folder = write_out(shipped)
    rules = run_tool(promtool, "check", "rules", *(folder / "prometheus/rules").glob("*.yaml"))
    assert rules.returncode == 0, rules.stdout + rules.stderr


def test_the_shipped_alerts_pass_their_tests(shipped: dict[str, str], promtool: str) -> None:
    """Each test runs with the rules that it needs; see below for all rules at once."""
    artefacts = [Artefact(path, text) for path, text in shipped.items()]
    proofs = prove(subjects_of(artefacts), Promtool(Path(promtool)).run)
    assert [proof.alert for proof in proofs if not proof.tests] == []
    assert [(t.name, t.words) for proof in proofs for t in proof.tests if not t.passed] == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_promtool_accepts_the_shipped_rules_and_their_tests(
    shipped: dict[str, str], write_out: Callable, run_tool: Callable, promtool: str
) -> None:
    folder = write_out(shipped)
    files = sorted((folder / "prometheus/tests").glob("*.yaml"))
    tests = run_tool(promtool, "test", "rules", *files, timeout=3500)
    assert tests.returncode == 0, tests.stdout + tests.stderr


def test_every_shipped_alert_has_a_firing_and_a_quiet_test(shipped: dict[str, str]) -> None:
    tests = [t for path, text in shipped.items() if "/tests/" in path for t in _tests(text)]
    seen = [
        (t["name"].split(":")[0], bool(e["exp_samples"]))
        for t in tests
        for e in t["promql_expr_test"]
    ]
    fires = {name for name, fired in seen if fired}
    quiet = {name for name, fired in seen if not fired}
    alerts = _alerts(shipped)
    assert fires == alerts
    assert quiet == alerts - {"Watchdog"}


def test_amtool_accepts_the_shipped_configuration(
    shipped: dict[str, str], write_out: Callable, run_tool: Callable, amtool: str
) -> None:
    folder = write_out(shipped)
    checked = run_tool(amtool, "check-config", folder / "alertmanager/alertmanager.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=Watchdog", "priority=P1"), "watchdog"),
        (("alertname=IotGatewayDown", "priority=P2", "site=north"), "incident-service"),
        (("alertname=Anything",), "incident-service"),
    ],
)
def test_routes(
    shipped: dict[str, str],
    write_out: Callable,
    run_tool: Callable,
    amtool: str,
    labels: tuple[str, ...],
    receiver: str,
) -> None:
    file = write_out(shipped) / "alertmanager/alertmanager.yml"
    routed = run_tool(amtool, "config", "routes", "test", f"--config.file={file}", *labels)
    assert routed.stdout.strip() == receiver, routed.stderr


def test_every_inhibition_names_alerts_of_the_catalogue(shipped: dict[str, str]) -> None:
    config = yaml.safe_load(shipped["alertmanager/alertmanager.yml"])
    named = {
        name
        for rule in config["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        for name in matcher.partition('"')[2].rstrip('"').split("|")
    }
    assert named <= _alerts(shipped)


def test_every_link_of_a_runbook_leads_to_a_page(shipped: dict[str, str]) -> None:
    for path, text in shipped.items():
        if path.startswith("runbooks/"):
            for target in re.findall(r"\]\((\w+\.md)\)", text):
                assert f"runbooks/{target}" in shipped, f"{path} links to {target}"


def test_alerts_carry_what_the_agreement_says(shipped: dict[str, str]) -> None:
    for rule in _rules(shipped):
        if "alert" in rule:
            own = {"slo", "tier"} if "slo" in rule["labels"] else set()
            given = {"priority", "severity", "team", "domain", "kind", "outcome"}
            assert set(rule["labels"]) == given | own
            assert rule["annotations"]["runbook_url"].endswith(f"/runbooks/{rule['alert']}")
            assert "/d/sothat-alerts-" in rule["annotations"]["dashboard_url"]


def test_every_link_to_a_panel_leads_to_that_of_the_alert(shipped: dict[str, str]) -> None:
    titles = {
        f"/d/{board['uid']}?viewPanel={panel['id']}": panel["title"]
        for path, text in shipped.items()
        if path.startswith("dashboards/")
        for board in [json.loads(text)]
        for row in board["panels"]
        for panel in [row, *row.get("panels", ())]
    }
    for rule in _rules(shipped):
        if "alert" in rule:
            _, _, place = rule["annotations"]["dashboard_url"].partition(":3000")
            assert titles[place].startswith(f"{rule['alert']}: ")


def test_tuned_limits_are_drawn_tuned(built: Build) -> None:
    values = load_values(None, ["alerts.IotFleetDegraded.threshold=< 71%"])
    texts = built(installed_inputs(None, values))
    board = json.loads(texts["dashboards/technical/sothat-alerts-iot.json"])
    (panel,) = [p for p in board["panels"] if p["title"].startswith("IotFleetDegraded:")]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.71]
    assert "alert below 71%" in panel["description"]


def test_without_grafana_links_lead_to_the_query(built: Build) -> None:
    values = load_values(None, ["urls.grafana=", "urls.prometheus=https://prometheus.example/p/"])
    for rule in _rules(built(installed_inputs(None, values))):
        if "alert" in rule:
            url = urlsplit(rule["annotations"]["dashboard_url"])
            assert url.geturl().startswith("https://prometheus.example/p/graph?")
            assert not set("{}\"' ") & set(url.query)
            (query,) = parse_qs(url.query)["g0.expr"]
            assert rule["expr"].startswith((query, f"({query})"))


def test_the_policy_for_the_incident_service(shipped: dict[str, str]) -> None:
    policy = json.loads(shipped["incidents/policy.json"])
    assert policy["priorities"]["P1"]["acknowledge_seconds"] == 900
    assert policy["priorities"]["P2"]["resolve_seconds"] == 8 * 3600
    assert policy["priorities"]["P4"]["update_seconds"] is None
    assert policy["teams"]["building-operations"]["channels"]["P2"] == ["on-call"]
    assert policy["grouping"] == ["team", "outcome", "site"]
    assert policy["components"]["device"]["needs"] == {"gateway": ["site", "gateway"]}
    assert "IotDeviceOffline" in policy["components"]["device"]["down"]


def test_the_demo_s_profile_is_accepted_and_quick(
    built: Build, write_out: Callable, run_tool: Callable, promtool: str
) -> None:
    texts = built(installed_inputs(None, load_values(DEMO)))
    rules = {rule["alert"]: rule for rule in _rules(texts) if "alert" in rule}
    assert rules["IotDeviceOffline"]["for"] == "4s"
    assert rules["IotGatewayDown"]["for"] == "1s"
    assert "[3s]" in rules["IotDeviceOffline"]["expr"]
    folder = write_out(texts)
    checked = run_tool(promtool, "check", "rules", *(folder / "prometheus/rules").glob("*.yaml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_mean_over_a_day_stays_one_in_the_demo(built: Build) -> None:
    texts = built(installed_inputs(None, load_values(DEMO)))
    mean = next(
        rule
        for rule in _rules(texts)
        if rule.get("record") == "global:incidents_time_to_resolve_seconds:mean"
    )
    assert "[1d]" in mean["expr"]


def test_examples_of_a_tuned_alert_make_no_tests(small: Inputs, built: Build) -> None:
    values = load_values(None, ["alerts.PlantPumpStopped.for=3m"])
    files = [t for p, t in built(replace(small, values=values)).items() if "/tests/" in p]
    assert not any("PlantPumpStopped: stopped" in text for text in files)
    assert any("PlantPumpStopped: threshold == 0" in text for text in files)
    assert any("PlantStationDown: dark" in text for text in files)


def _rules(texts: Mapping[str, str]) -> list[dict]:
    files = [text for path, text in texts.items() if path.startswith("prometheus/rules/")]
    return [
        rule
        for text in files
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]


def _alerts(texts: Mapping[str, str]) -> set[str]:
    return {rule["alert"] for rule in _rules(texts) if "alert" in rule}


def _tests(text: str) -> list[dict]:
    return yaml.safe_load(text)["tests"]


def test_a_tuning_stands_above_the_limits_even_where_it_repeats_the_catalogue(built: Build) -> None:
    """The demo keeps production's patience where its machine, not its fault, would fire."""
    texts = built(installed_inputs(None, load_values(DEMO)))
    rules = {rule["alert"]: rule for rule in _rules(texts) if "alert" in rule}
    assert rules["HostCpuSaturated"]["for"] == "15m"
    assert rules["IotGatewayDown"]["for"] == "1s"
