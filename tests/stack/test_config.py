"""The stack's configuration: every mistake with its place."""

from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.stack.config import intervals, load_config
from sothat.stack.shipped import shipped

GOOD = """\
apiVersion: sothat/v1
kind: Stack
building: building.yaml
exporter: exporter.yaml
incidents: incidents.yaml
values: values.yaml
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("building", "exporter", "incidents", "values"):
        (tmp_path / f"{name}.yaml").touch()
    return tmp_path


def write(folder: Path, text: str) -> Path:
    file = folder / "stack.yaml"
    file.write_text(text)
    return file


def test_defaults_fill_what_is_left_out(folder: Path) -> None:
    config = load_config(write(folder, GOOD))
    assert config.building == folder.resolve() / "building.yaml"
    assert (config.scrape_interval, config.evaluation_interval) == (15, 15)
    assert config.ports["prometheus"] == 9090
    assert config.catalogue is None


def test_the_evaluation_follows_the_scrape_unless_it_is_given(folder: Path) -> None:
    config = load_config(write(folder, f"{GOOD}scrape_interval: 1m30s\n"))
    assert intervals(config) == {"scrape_interval": "1m30s", "evaluation_interval": "1m30s"}
    config = load_config(write(folder, f"{GOOD}scrape_interval: 2s\nevaluation_interval: 500ms\n"))
    assert intervals(config) == {"scrape_interval": "2s", "evaluation_interval": "500ms"}


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ("scrape_intervall: 1s\n", "unknown-key", ":7:1"),
        ("ports: {prometheus: 99999}\n", "out-of-range", ":7:21"),
        ("ports: {prometeus: 9090}\n", "unknown-key", ":7:9"),
        ("ports: {exporter: 9090}\n", "port-doubled", ":7:19"),
        ("scrape_interval: soon\n", "bad-format", ":7:18"),
        ("scrape_interval: 0s\n", "out-of-range", ":7:18"),
        ("scrape_interval: 1s1m\n", "bad-format", ":7:18"),
        ("catalogue: nowhere\n", "unreadable-file", ":7:12"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, more: str, code: str, place: str) -> None:
    file = write(folder, GOOD + more)
    with pytest.raises(Unusable) as caught:
        load_config(file)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert str(problem.position) == f"{file}{place}"


def test_every_file_that_is_missing_is_named_at_its_key(folder: Path) -> None:
    (folder / "exporter.yaml").unlink()
    (folder / "values.yaml").unlink()
    with pytest.raises(Unusable) as caught:
        load_config(write(folder, GOOD))
    assert [p.position.line for p in caught.value.problems if p.position] == [4, 6]


def test_the_shipped_demo_names_files_that_are_there() -> None:
    config = load_config(shipped("demo/stack.yaml"))
    assert config.scrape_interval < 5


def test_an_example_that_is_not_shipped_is_said_to_be_missing() -> None:
    with pytest.raises(Unusable, match=r"no example demo/nothing\.yaml"):
        shipped("demo/nothing.yaml")
