"""Labels that only the scrapes of an environment add."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sothat.generator.compile import Inputs
from sothat.generator.values import load_values
from sothat.model.problem import Unusable


def test_a_label_that_scrapes_add_is_known_once_the_values_name_it(
    bend: Callable[..., Inputs], refused: Callable
) -> None:
    bent = bend("plant_pump_up", 'plant_pump_up{hall="north"}')
    assert "unknown-label" in {problem.code for problem in refused(bent)}
    values = load_values(None, ["target_labels=site,hall"])
    codes = {problem.code for problem in refused(replace(bent, values=values))}
    assert "unknown-label" not in codes


@pytest.mark.parametrize("text", ["a b", "a,,b", "1st", "a="])
def test_what_names_no_labels_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        load_values(None, [f"target_labels={text}"])
