"""Alerts on trial: evaluated and kept, heard by nobody, muting nothing, and never for ever."""

from dataclasses import replace
from datetime import date

import pytest
import yaml
from sothat.generator.checked import Refused

NAME = "  - name: PlantStationDown\n"
TRIAL = f"{NAME}    shadow: {{until: 2027-01-31, reason: How often at night?}}\n"


def codes(built, inputs):
    with pytest.raises(Refused) as caught:
        built(inputs)
    return [problem.code for problem in caught.value.problems]


def test_a_trial_bears_a_label_and_goes_to_nobody(built, bend):
    files = built(bend(NAME, TRIAL))
    (group,) = yaml.safe_load(files["prometheus/rules/plant.yaml"])["groups"]
    labels = {rule["alert"]: rule["labels"] for rule in group["rules"]}
    assert labels["PlantStationDown"]["shadow"] == "true"
    assert "shadow" not in labels["PlantPumpStopped"]
    config = yaml.safe_load(files["alertmanager/alertmanager.yml"])
    first = config["route"]["routes"][1]
    assert first == {"receiver": "nobody", "matchers": ['shadow="true"']}
    assert {"name": "nobody"} in config["receivers"]


def test_a_trial_mutes_nothing(built, small, bend):
    before = yaml.safe_load(built(small)["alertmanager/alertmanager.yml"])
    after = yaml.safe_load(built(bend(NAME, TRIAL))["alertmanager/alertmanager.yml"])
    muting = [r["source_matchers"] for r in before["inhibit_rules"]]
    assert ['alertname="PlantStationDown"'] in muting
    assert [r["source_matchers"] for r in after.get("inhibit_rules", [])] == [
        matchers for matchers in muting if matchers != ['alertname="PlantStationDown"']
    ]


def test_without_a_trial_there_is_no_such_route(built, small):
    assert "nobody" not in built(small)["alertmanager/alertmanager.yml"]


def test_a_trial_ends(built, bend):
    inputs = bend(NAME, TRIAL)
    built(replace(inputs, today=date(2027, 1, 31)))
    assert codes(built, replace(inputs, today=date(2027, 2, 1))) == ["expired-shadow"]


def test_a_trial_ends_on_a_day_that_exists(built, bend):
    assert codes(built, bend(NAME, TRIAL.replace("01-31", "02-30"))) == ["impossible-date"]


def test_a_trial_has_a_reason(built, bend):
    assert codes(built, bend(NAME, f"{NAME}    shadow: {{until: 2027-01-31}}\n")) == ["missing-key"]
