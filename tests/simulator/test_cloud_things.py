"""The device lists that the simulated cloud takes."""

import json

import pytest
from sothat.model.problem import Unusable
from sothat.simulator.cloud.things import things_of

PLUG = {"id": "bf01", "name": "plug", "key": "q1w2e3r4t5y6u7i8", "category": "cz"}


@pytest.mark.parametrize("data", [[PLUG], {"timestamp": 1.5, "devices": [PLUG]}])
def test_both_forms_of_the_file_are_taken(tmp_path, data):
    file = tmp_path / "devices.json"
    file.write_text(json.dumps(data))
    (thing,) = things_of(file)
    assert (thing.id, thing.name, thing.key) == ("bf01", "plug", PLUG["key"])


def test_a_device_without_a_name_has_its_id_for_one(tmp_path):
    file = tmp_path / "devices.json"
    file.write_text(json.dumps([{"id": "bf01", "name": None}]))
    assert things_of(file)[0].name == "bf01"


def test_a_name_that_no_answer_could_hold_is_made_one_that_can(tmp_path):
    file = tmp_path / "devices.json"
    file.write_text(json.dumps([{**PLUG, "name": "pl\ud800ug", "product_name": "\udfff"}]))
    (thing,) = things_of(file)
    assert (thing.name, thing.product_name) == ("pl?ug", "?")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1}', "bad-devices"),
        ("[7]", "bad-devices"),
        ("{", "bad-devices"),
        (None, "unreadable-file"),
    ],
)
def test_what_is_no_list_is_refused_and_shows_no_line_of_it(tmp_path, text, code):
    file = tmp_path / "devices.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Unusable) as refused:
        things_of(file)
    (problem,) = refused.value.problems
    assert problem.code == code
    assert "Error" not in problem.message
