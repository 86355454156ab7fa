"""`sothat route` explains anybody's configuration and the catalogue's, and says who hears."""

import json
from pathlib import Path

import pytest
from sothat.commands import _main
from sothat.model.policy import Channel, Policy

SMALL = str(Path(__file__).parents[1] / "generator" / "data" / "small" / "alert_rules")
ANYBODYS = """\
quiet: &quiet {mute_time_intervals: [sunday], receiver: lost}
route:
  receiver: default
  group_by: [alertname, cluster]
  routes:
    - receiver: night
      matchers: [team="db"]
      active_time_intervals: [night]
      continue: true
    - receiver: team
      matchers: ['team=~"db|web"']
      mute_time_intervals: [sunday]
      routes:
        - {<<: *quiet, receiver: page, matchers: [severity="page"], group_by: ['...']}
    - {receiver: nobody, match: {team: lost}}
receivers:
  - name: default
    webhook_configs: [{url: "https://user:secret@hooks.example/T0/secret"}]
  - {name: night, email_configs: [{to: night@example.org, send_resolved: true}]}
  - {name: team, slack_configs: [{channel: "#team", api_url_file: /etc/slack}]}
  - {name: page, pagerduty_configs: [{routing_key_file: /etc/key}]}
  - {name: nobody}
inhibit_rules:
  - source_matchers: [alertname="NodeDown"]
    target_matchers: [severity=~"page|ticket"]
    equal: [instance]
time_intervals:
  - name: night
    time_intervals:
      - times: [{start_time: "22:00", end_time: "24:00"}, {start_time: "00:00", end_time: "06:00"}]
        location: Europe/Berlin
  - name: sunday
    time_intervals: [{weekdays: [sunday], location: America/New_York}]
"""
MONDAY_NOON = "2026-03-30T12:00Z"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return somebody's alertmanager.yml."""
    path = tmp_path / "alertmanager.yml"
    path.write_text(ANYBODYS, encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = _main.run(["route", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def receivers(found: dict) -> list[tuple[str, str]]:
    return [(each["receiver"], each["reason"]) for each in found["deliveries"]]


def test_continue_and_intervals(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["Slow", "--config", file, "--label", "team=db", "--at"]
    code, found = told(capsys, *arguments, MONDAY_NOON)
    assert code == 0
    assert receivers(found) == [("night", "silent outside of night"), ("team", "")]
    code, found = told(capsys, *arguments, "2026-03-29T20:30Z")  # 22:30 in Berlin, since that day
    assert receivers(found) == [("night", ""), ("team", "muted by sunday")]
    code, found = told(capsys, *arguments, "2026-03-29T12:00Z")
    assert (code, found["notified"]) == (1, False)
    assert found["verdict"] == (
        "nobody is notified: night is silent outside of night; team is muted by sunday"
    )


def test_merged_yaml_and_grouping(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    labels = ["--label", "team=web", "--label", "severity=page", "--label", "x=1"]
    code, found = told(capsys, "Slow", "--config", file, *labels, "--at", "2026-03-29T12:00Z")
    # Time intervals are not inherited: the page is silent for what is merged into it.
    assert (code, receivers(found)) == (1, [("page", "muted by sunday")])
    assert found["deliveries"][0]["group"]["x"] == "1"


def test_grouping_names_what_is_missing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = told(capsys, "Slow", "--config", file, "--at", MONDAY_NOON)
    assert found["deliveries"][0]["group"] == {"alertname": "Slow"}
    assert found["deliveries"][0]["absent"] == ["cluster"]


def test_secrets_are_not_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = told(capsys, "Slow", "--config", file, "--at", MONDAY_NOON)
    shown = found["deliveries"][0]["integrations"]
    assert shown == [{"kind": "webhook", "to": "https://hooks.example", "send_resolved": None}]


def test_a_receiver_without_integration(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, "Slow", "--config", file, "--label", "team=lost")
    assert (code, receivers(found)) == (1, [("nobody", "the receiver has no integration")])


def test_inhibition(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["Slow", "--config", file, "--label", "severity=page", "--label", "instance=a"]
    _, found = told(capsys, *ask)
    assert [i["equal"] for i in found["inhibitors"]] == [{"instance": "a"}]
    code, found = told(capsys, *ask, "--firing", 'NodeDown{instance="b"}')
    assert code == 0
    code, found = told(capsys, *ask, "--firing", 'NodeDown{instance="a"}')
    assert (code, found["verdict"]) == (1, "nobody is notified: inhibited by NodeDown")


def test_the_text_says_why(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["route", "Slow", "--config", file, "--label", "team=db", "--at", "2026-03-30T12:00"]
    assert _main.run(ask) == 0
    out = capsys.readouterr().out
    assert "(taken for UTC)" in out
    assert '✗ {team="lost"}' not in out
    assert '· {team="lost"}  {team=~"db|web"} before it matched and does not continue' in out
    assert "silent in sunday, which does not run: Monday 2026-03-30 08:00 America/New_York" in out
    assert "speaks only in night, which does not run: Monday 2026-03-30 14:00 Europe/Berlin" in out


def test_the_short_month_is_mentioned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ANYBODYS.replace(
        "weekdays: [sunday], location: America/New_York",
        "days_of_month: ['-1'], location: Europe/Berlin",
    )
    file = tmp_path / "a.yml"
    file.write_text(text, encoding="utf-8")
    ask = ["Slow", "--config", str(file), "--label", "team=web", "--at"]
    assert told(capsys, *ask, "2026-03-31T12:00Z")[1]["doubtful"] == ["sunday"]
    assert told(capsys, *ask, "2026-03-30T12:00Z")[1]["doubtful"] == ["sunday"]
    assert told(capsys, *ask, "2026-04-30T12:00Z")[1]["doubtful"] == []


def test_an_alert_of_a_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["PlantPumpStopped", "--catalogue", SMALL, "--label", "site=a", "--at", MONDAY_NOON]
    code, found = told(capsys, *ask, "--firing", 'PlantStationDown{site="a"}')
    assert (code, found["verdict"]) == (1, "nobody is notified: inhibited by PlantStationDown")
    code, found = told(capsys, *ask, "--firing", "PlantStationDown")
    assert (code, found["verdict"]) == (0, "notified: incident-service")
    assert found["labels"]["team"] == "plant"
    assert found["duty"]["escalation"] == ["Pump engineer on call", "Head of plant"]
    clocks = {clock["name"]: clock["due"] for clock in found["duty"]["clocks"]}
    assert clocks["acknowledge"] > "2026-03-30T12:00"
    assert found["links"]["runbook_url"].endswith("/runbooks/PlantPumpStopped")


def test_labels_that_do_not_fit_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    labels = ["--label", "team=other", "--label", "priority=P1"]
    _main.run(["route", "PlantPumpStopped", "--catalogue", SMALL, *labels])
    told_of = capsys.readouterr()
    assert 'has team="plant", not "other"' in told_of.err
    assert "team       plant" in told_of.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["PlantPumpStoped", "--catalogue", SMALL], "did you mean 'PlantPumpStopped'?"),
        (["PlantPumpStopped", "--catalogue", SMALL, "--support-contract", "gold"], "'gold'"),
        (["A", "--config", "FILE", "--label", "site"], "[bad-label]"),
        (["A", "--config", "FILE", "--label", "=b"], "[bad-label]"),
        (["A", "--config", "FILE", "--label", "a=b", "--label", "a=c"], "two values"),
        (["A", "--config", "FILE", "--firing", 'B{a=~"b"}'], "[bad-label]"),
        (["A", "--config", "FILE", "--firing", 'B{a="b'], "[bad-label]"),
        (["A", "--config", "FILE", "--firing", '{a="b"}'], "[bad-label]"),
        (["A", "--config", "FILE", "--at", "soon"], "[bad-time]"),
        (["A", "--config", "FILE", "--at", "2026-03-29T02:00 Europe/Nowhere"], "[bad-time]"),
        (["A", "--config", "FILE", "--at", "0001-01-01T00:00+14:00"], "[bad-time]"),
        (["A", "--config", "FILE", "--catalogue", SMALL], "leave --catalogue out"),
        (["A", "--config", "FILE", "--values", "values.yaml"], "leave --values out"),
        (["A", "--config", "FILE", "--set", "a=b"], "leave --set out"),
        (["A", "--config", "missing.yml"], "[unreadable-file]"),
    ],
)
def test_unusable_questions(
    arguments: list[str], said: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main.run(["route", *(file if a == "FILE" else a for a in arguments)]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_alertmanager_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yml"
    file.write_text(ANYBODYS.replace("receiver: page", "receiver: pages"), encoding="utf-8")
    assert _main.run(["route", "A", "--config", str(file)]) == 2
    assert (
        "a.yml:14:34: error: no receiver is called 'pages' [bad-routing]" in capsys.readouterr().err
    )


def test_who_is_on_call_and_what_starts(capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["HostDown", "--at", "2026-12-25T12:00Z", "--support-contract", "extended"]
    code, found = told(capsys, *ask)
    duty = found["duty"]
    assert code == 0
    assert duty["on_call"]["since"] <= "2026-12-25T12:00" < duty["on_call"]["until"]
    due = {clock["name"]: clock["due"] for clock in duty["clocks"]}
    assert list(due) == ["acknowledge", "update", "resolve", "response", "resolution"]
    assert due["acknowledge"].startswith("2026-12-25"), "a P2 is taken on holidays too"
    assert due["response"] > "2026-12-27", "the contract is not served on holidays"
    assert _main.run(["route", *ask]) == 0
    assert f"on call: {duty['on_call']['member']}" in capsys.readouterr().out


def test_metrics_of_ones_own_are_given_as_to_every_other_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask = ["route", "PlantPumpStopped", "--catalogue", SMALL, "--label", "hall=north"]
    known = [*ask, "--contract", str(Path(SMALL).parents[1] / "contracts" / "plant.yaml")]
    assert _main.run(known) == 0
    assert "label-never-carried" in capsys.readouterr().err
    assert _main.run([*known, "--set", "target_labels=hall"]) == 0
    assert "label-never-carried" not in capsys.readouterr().err


def test_the_incident_service_tells_channels_that_alertmanager_does_not() -> None:
    channels = {name: Channel(name, "", type_) for name, type_ in (("chat", "slack"), ("call", ""))}
    policy = Policy(priorities={}, teams={}, grouping=("team",), channels=channels)
    assert policy.delivered(("chat", "call", "undeclared")) == ("call", "undeclared")
