"""Extensions: found, sorted, and fatal when two clash or one is broken."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Protocol

import pytest
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.blame import of_an_extension
from sothat.runtime.plugins import kept, load_extensions, offered

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


class Pump(Protocol):
    litres: int

    def turn(self, speed: int) -> None:
        """Turn."""


def refused(site: Path, source: str) -> Problem:
    """Return what is said of a module that should offer ``PUMP``."""
    name = f"their_pump_{site.name.replace('-', '_')}"
    (site / f"{name}.py").write_text(source, encoding="utf-8")
    with pytest.raises(Unusable) as error:
        dict(offered(GROUP, "PUMP", Pump, [point("pump", name)]))
    (problem,) = error.value.problems
    assert problem.code == "extension-broken"
    return problem


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x = 1\nx = {}['a']\n", 2, "KeyError: 'a'"),
        ("\n\nraise SystemExit(0)\n", 3, "SystemExit: 0"),
        ("def x(:\n", 1, "invalid syntax"),
        ("def f():\n    return 1 / 0\nf()\n", 2, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_fails_when_it_is_imported_is_named_with_its_place(
    source: str, line: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    problem = refused(tmp_path, source)
    assert words in problem.message
    assert problem.position is not None
    assert Path(problem.position.file).parent == tmp_path
    assert problem.position.line == line
    assert problem.source == source.splitlines()[line - 1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "offers nothing by the name PUMP"),
        ("PUMP = None", "PUMP is None, which has no litres, no turn"),
        ("class A:\n    litres = 1\nPUMP = A()", "PUMP is of the type A, which has no turn"),
        (
            "class A:\n    litres = 1\n    def turn(self, speed): pass\nPUMP = A",
            "PUMP is the class A; an object of it is wanted: A()",
        ),
    ],
)
def test_what_does_not_keep_its_contract_is_told_what_it_lacks(
    source: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    assert refused(tmp_path, source).message.endswith(words)


def test_what_is_given_is_of_the_type_that_was_promised() -> None:
    assert kept(7, int, "what it counts") == 7
    with pytest.raises(Unusable, match="what it counts is None, not of the type int"):
        kept(None, int, "what it counts")


def test_an_error_inside_an_extension_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_valve.py").write_text("def turn():\n    return {}['speed']\n")
    about = tmp_path / "their_valve-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-valve\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[sothat.checks]\nvalve = their_valve\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyError) as error:
        load_extensions(GROUP)["valve"].turn()
    problem = of_an_extension(error.value)
    assert problem is not None
    assert problem.message == "the extension their-valve fails: KeyError: 'speed'"
    assert problem.position == Position(str(tmp_path / "their_valve.py"), 2, 12)
    assert problem.source == "    return {}['speed']"


def test_an_error_of_our_own_is_no_extensions() -> None:
    with pytest.raises(ZeroDivisionError) as error:
        _ = 1 / 0
    assert of_an_extension(error.value) is None
