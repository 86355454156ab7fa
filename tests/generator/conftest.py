"""A small catalogue of its own, with its own contract, and ways to bend it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from sothat.generator.checked import Refused, installed_checks
from sothat.generator.compile import Inputs, compile_catalogue
from sothat.generator.declared import read_contract, shipped_contracts
from sothat.generator.emitter import emit_all, installed_emitters
from sothat.model.metric import Contract
from sothat.model.problem import Problem

DATA = Path(__file__).parent / "data"

Bend = Callable[..., Inputs]


@pytest.fixture(scope="session")
def contracts() -> tuple[Contract, ...]:
    """Return the small catalogue's contract and the shipped ones, read once."""
    return (read_contract(DATA / "contracts" / "plant.yaml"), *shipped_contracts())


@pytest.fixture
def small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contracts: tuple[Contract, ...]
) -> Inputs:
    """Return the inputs of a copy of the small catalogue, the current folder being beside it."""
    shutil.copytree(DATA / "small", tmp_path / "small")
    monkeypatch.chdir(tmp_path / "small")
    return Inputs(Path("alert_rules"), contracts)


@pytest.fixture
def bend(small: Inputs) -> Bend:
    """Return a function that replaces a text in the small catalogue, exactly once."""

    def replace_text(old: str, new: str, file: str = "plant.yaml") -> Inputs:
        path = small.catalogue / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return small

    return replace_text


@pytest.fixture(scope="session")
def built() -> Callable[[Inputs], dict[str, str]]:
    """Return a function that compiles inputs and returns the texts by path."""

    def build(inputs: Inputs) -> dict[str, str]:
        checked = compile_catalogue(inputs, installed_checks())
        return {made.path: made.text for made in emit_all(checked, installed_emitters())}

    return build


@pytest.fixture
def refused() -> Callable[[Inputs], Sequence[Problem]]:
    """Return a function that returns the problems for which inputs are refused, none if not."""

    def problems(inputs: Inputs) -> Sequence[Problem]:
        try:
            compile_catalogue(inputs, installed_checks())
        except Refused as refusal:
            return refusal.problems
        return ()

    return problems


@pytest.fixture
def write_out(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Return a function that writes texts below a new folder and returns it."""

    def write(texts: Mapping[str, str]) -> Path:
        folder = tmp_path / "out"
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def run_tool() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs one of the real tools."""

    def run(*command: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

    return run


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the oldest and the current release of a tool."""
    for name in ("promtool", "amtool"):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, _releases(name))


def _releases(name: str) -> list[ParameterSet]:
    """Return the distribution's release, and for the slow tests the one that Go has compiled."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    current = os.environ.get("SOTHAT_CURRENT_TOOLS") or str(cache / "sothat" / "tools")
    found = {"oldest": shutil.which(name), "current": shutil.which(name, path=current)}
    return [
        pytest.param(tool, id=which, marks=_marks(which, tool)) for which, tool in found.items()
    ]


def _marks(which: str, tool: str | None) -> list[pytest.MarkDecorator]:
    """Return the marks of tests with a release: the current one belongs to `make test-slow`."""
    marks = [pytest.mark.slow] if which == "current" else []
    return marks if tool else [*marks, pytest.mark.skip(f"no {which} release (make tools)")]
