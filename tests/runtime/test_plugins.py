"""Extensions: found, sorted, and fatal when two clash or one is broken."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.runtime.plugins import load_extensions

GROUP = "sothat.checks"


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_they_come_sorted_by_name() -> None:
    found = load_extensions(GROUP, [point("b", "json:dumps"), point("a", "json:loads")])
    assert list(found) == ["a", "b"]


def test_a_clash_names_both_sides() -> None:
    with pytest.raises(Unusable, match=r"claimed by json:dumps and json:loads"):
        load_extensions(GROUP, [point("a", "json:dumps"), point("a", "json:loads")])


def test_the_same_entry_found_twice_is_no_clash() -> None:
    assert list(load_extensions(GROUP, [point("a", "json:dumps")] * 2)) == ["a"]


@pytest.mark.parametrize("value", ["no_such_module_here", "json:no_such_name"])
def test_a_broken_one_is_fatal(value: str) -> None:
    with pytest.raises(Unusable, match=r"'a' .* cannot be loaded"):
        load_extensions(GROUP, [point("a", value)])


def test_what_another_package_lacks_is_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "our_pumps.py").write_text("import no_such_drawing_library.panels\n")
    with pytest.raises(Unusable) as refused:
        load_extensions(GROUP, [point("a", "our_pumps")])
    (problem,) = refused.value.problems
    assert problem.hint.startswith("install the package with the module 'no_such_drawing_library")
    with pytest.raises(Unusable) as refused:
        load_extensions(GROUP, [point("a", "no_such_module_here.pumps")])
    assert refused.value.problems[0].hint == "repair or uninstall it"
