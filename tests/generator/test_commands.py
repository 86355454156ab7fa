"""``sothat build`` and ``sothat check`` as people and pipelines see them."""

import json
from pathlib import Path

import pytest
from sothat.commands import _main

ROOT = Path(__file__).parents[2]

POLICY = """\
apiVersion: sothat/v1
kind: Policy
priorities:
  P1: {meaning: a, severity: critical, acknowledge: 15m, resolve: 4h}
  P2: {meaning: b, severity: critical, acknowledge: 1h, resolve: 8h}
  P3: {meaning: c, severity: warning, acknowledge: 4h, resolve: 3d}
  P4: {meaning: d, severity: info, acknowledge: 1d, resolve: 10d}
teams:
  sre:
    description: Runs it
    channels: {P1: [on-call], P2: [on-call], P3: [office], P4: [office]}
    escalation: [Engineer on call]
grouping: [alertname]
"""
ALERT = """\
apiVersion: sothat/v1
kind: Alerts
domain: iot
owner: sre
alerts:
  - name: IotDeviceGone
    kind: availability
    summary: A device is gone
    description: "{{ $labels.device }} is gone"
    if:
      condition: A device has not answered for a minute
      query: tuya_device_up
      threshold: "== 0"
      for: 1m
    do:
      priority: P3
      action: The engineer brings the device back
    so_that:
      who: Tenants
      outcome: have warm rooms
      kpi: comfort
    examples:
      - name: gone
        series: {'tuya_device_up{device="d"}': 0x9}
        at: 5m
        fires: [{device: d}]
      - name: there
        series: {'tuya_device_up{device="d"}': 1x9}
        at: 5m
"""


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "alert_rules"
    folder.mkdir()
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "iot.yaml").write_text(ALERT)
    return folder


def bend(pack: Path, old: str, new: str) -> None:
    assert old in ALERT
    (pack / "iot.yaml").write_text(ALERT.replace(old, new, 1))


def run(*arguments: str) -> int:
    return _main.run([*arguments, "--catalogue", "alert_rules"])


REFUSALS = {
    "missing DO": (
        """\
    do:
      priority: P3
      action: The engineer brings the device back
""",
        "",
        """\
alert_rules/iot.yaml:6:5: error: an alert without its DO: nobody is asked to act [missing-do]
   6 |   - name: IotDeviceGone
     |     ^
   hint: add 'do' with a priority, an action that the owner takes, and its steps; what needs no \
action belongs on a dashboard
""",
    ),
    "missing SO THAT": (
        """\
    so_that:
      who: Tenants
      outcome: have warm rooms
      kpi: comfort
""",
        "",
        """\
alert_rules/iot.yaml:6:5: error: an alert without its SO THAT: no customer is better off for it \
[missing-so-that]
   6 |   - name: IotDeviceGone
     |     ^
   hint: add 'so_that' with who benefits and the outcome that they can go on having
""",
    ),
    "unknown metric": (
        "query: tuya_device_up",
        "query: tuya_device_upp",
        """\
alert_rules/iot.yaml:12:14: error: no contract declares the metric tuya_device_upp [unknown-metric]
   12 |       query: tuya_device_upp
      |              ^
   hint: did you mean 'tuya_device_up'?
""",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal(case: str, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, transcript = REFUSALS[case]
    bend(pack, old, new)
    assert run("build") == 1
    shown = capsys.readouterr()
    assert transcript in shown.err
    assert shown.err.endswith("nothing was written\n")
    assert not Path("compiled").exists()
    assert run("check") == 1
    assert transcript in capsys.readouterr().err


def test_build_then_check_then_stale(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", "--check") == 1
    assert "missing: compiled/prometheus/rules/iot.yaml" in capsys.readouterr().err
    assert run("build") == 0
    assert run("build", "--check") == 0
    bend(pack, "for: 1m", "for: 2m")
    assert run("build", "--check") == 1
    assert "stale: compiled/prometheus/rules/iot.yaml" in capsys.readouterr().err
    before = Path("compiled/prometheus/rules/iot.yaml").read_text()
    bend(pack, "query: tuya_device_up", "query: nothing_at_all")
    assert run("build") == 1
    assert Path("compiled/prometheus/rules/iot.yaml").read_text() == before


def test_boards_of_another_catalogue_are_left_out(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build") == 0
    told = capsys.readouterr().err
    assert told.count("left out") == 1
    assert "sothat-executive" in told
    assert not Path("compiled/dashboards/executive/sothat-executive.json").exists()


def test_values_and_overrides(pack: Path) -> None:
    Path("values.yaml").write_text("apiVersion: sothat/v1\nkind: Values\nlimits: {for: 5s}\n")
    settings = ("--set", "urls.incidents=http://10.0.0.1:1/", "--set", "limits.for=3s")
    assert run("build", "--values", "values.yaml", "-o", "out", *settings) == 0
    rules = Path("out/prometheus/rules/iot.yaml").read_text()
    assert "for: 3s" in rules
    assert "http://10.0.0.1:1/runbooks/IotDeviceGone" in rules


def test_check_as_json(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bend(pack, "query: tuya_device_up", "query: tuya_device_upp")
    assert run("check", "--json") == 1
    (problem,) = [
        p for p in json.loads(capsys.readouterr().out)["problems"] if p["severity"] == "error"
    ]
    assert (problem["code"], problem["rule"]) == ("unknown-metric", "IotDeviceGone")
    assert (problem["file"], problem["line"], problem["column"]) == ("alert_rules/iot.yaml", 12, 14)


@pytest.mark.parametrize(
    ("text", "code"), [("a: [1", "yaml-syntax"), ("a: 1\na: 2\n", "duplicate-key"), ("", "not-one")]
)
def test_unusable_input(
    pack: Path, capsys: pytest.CaptureFixture[str], text: str, code: str
) -> None:
    (pack / "bad.yaml").write_text(text)
    assert run("check") == 2
    assert code in capsys.readouterr().err
    assert run("check", "--json") == 2
    assert code in capsys.readouterr().out
    assert run("build") == 2
    assert code in capsys.readouterr().err


def test_unusable_values(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("values.yaml").write_text("apiVersion: sothat/v1\nkind: Values\nscrape_intervall: 5s\n")
    assert run("build", "--values", "values.yaml") == 2
    shown = capsys.readouterr().err
    assert "values.yaml:3:1: error: unknown key 'scrape_intervall' [unknown-key]" in shown
    assert "did you mean 'scrape_interval'?" in shown


def test_no_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _main.run(["check", "--catalogue", "nowhere"]) == 2
    assert "[no-catalogue]" in capsys.readouterr().err


def test_the_committed_output_is_fresh(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert _main.run(["build", "--check"]) == 0, capsys.readouterr().err


OWN_CONTRACT = """\
apiVersion: sothat/v1
kind: Contract
source: pumps
families:
  - {name: pump_up, type: gauge, unit: boolean, help: Whether it answers, labels: [device]}
"""


@pytest.mark.parametrize("command", ["check", "build"])
def test_a_contract_of_ones_own_is_given_by_file(pack: Path, command: str) -> None:
    (pack / "iot.yaml").write_text(ALERT.replace("tuya_device_up", "pump_up"))
    Path("pumps.yaml").write_text(OWN_CONTRACT)
    assert run(command) == 1
    assert run(command, "--contract", "pumps.yaml") == 0


def test_a_contract_that_is_not_there_is_unusable(pack: Path) -> None:
    assert run("check", "--contract", "gone.yaml") == 2
    assert run("build", "--contract", "gone.yaml") == 2
    assert not Path("compiled").exists()


def test_the_output_stays_out_of_the_catalogue(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", "-o", "alert_rules/compiled") == 2
    assert "lies within the catalogue" in capsys.readouterr().err
    assert not (pack / "compiled").exists()
