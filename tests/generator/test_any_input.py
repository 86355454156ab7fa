"""Whatever stands in the files: a catalogue is accepted or refused, the compiler never crashes."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.checked import Refused, installed_checks
from sothat.generator.compile import Inputs, compile_catalogue
from sothat.generator.declared import read_contract, shipped_contracts
from sothat.generator.promql import breaking_offset
from sothat.generator.thresholds import format_number, parse_threshold
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import load_document

DATA = Path(__file__).parent / "data"
CONTRACTS = (read_contract(DATA / "contracts" / "plant.yaml"), *shipped_contracts())
FILES = {path.name: load_document(path).data for path in (DATA / "small/alert_rules").iterdir()}
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.text(max_size=8),
    st.sampled_from(["5m", "$window", "sum(", "plant_pump_up", "== 0", "{{ $labels.x }}", "P1"]),
    st.just([]),
    st.just({}),
    st.lists(st.text(max_size=3), max_size=2),
)


def paths(node: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [here, *(path for key, inner in items for path in paths(inner, (*here, key)))]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_bent_catalogue_is_accepted_or_refused(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("bent") / "alert_rules"
    folder.mkdir()
    name = data.draw(st.sampled_from(sorted(FILES)))
    bent = copy.deepcopy(json.loads(json.dumps(FILES[name])))
    path = data.draw(st.sampled_from(paths(bent)))
    bent = replaced(bent, path, data.draw(ANY))
    indent = data.draw(st.sampled_from([None, 1]))
    for other, content in {**FILES, name: bent}.items():
        (folder / other).write_text(json.dumps(content, indent=indent), encoding="utf-8")
    found = problems(Inputs(folder, CONTRACTS))
    assert found is None or (found and all(problem.message for problem in found))


def problems(inputs: Inputs) -> Sequence[Problem] | None:
    """Return the problems for which inputs are refused, None when they are accepted."""
    try:
        compile_catalogue(inputs, installed_checks())
    except (Refused, Unusable) as refusal:
        return refusal.problems
    return None


def replaced(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    node[path[0]] = replaced(node[path[0]], path[1:], value)
    return node


@given(st.text(alphabet='abx(){}[]"=~<>!+-*/ 5m,$\n', max_size=40))
def test_a_breaking_offset_lies_in_the_text(text: str) -> None:
    assert 0 <= breaking_offset(text) <= len(text)


@given(
    st.sampled_from(["==", "!=", ">", "<", ">=", "<="]),
    st.integers(0, 10**6).map(lambda n: n / 1000),
    st.sampled_from([("%", 0.01), ("ms", 0.001), ("GiB", 2**30), ("", 1), ("kWh", 3.6e6)]),
)
def test_thresholds_in_base_units(operator: str, number: float, unit: tuple[str, float]) -> None:
    found = parse_threshold(f"{operator} {number:.3f}{unit[0]}")
    assert found.operator == operator
    assert abs(found.value - number * unit[1]) <= 1e-9 * max(1, number * unit[1])
    assert float(format_number(found.value)) == found.value
