"""Targets from settings and from discovery files that change under our hands."""

import json

import pytest
from sothat.exporters.clock import SystemClock
from sothat.exporters.source import Context, Settings
from sothat.exporters.targets import MAX_TARGETS, Target, open_targets
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document


def opened(text, folder):
    settings = Settings(parse_document(text, "x.yaml"), ())
    return open_targets(settings, Context("some", folder, {}, SystemClock()))


def write(file, text):
    """Replace the file as careful writers do: under another inode."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def test_listed_ones_come_first(tmp_path):
    (tmp_path / "d.yaml").write_text("[{targets: [db2], labels: {name: stock, team: x}}]")
    text = "{type: x, targets: [db1, {address: 'db3:5433', name: billing}], discover: d.yaml}"
    found = opened(text, tmp_path).current()
    assert found == (Target("db1", "db1"), Target("billing", "db3:5433"), Target("stock", "db2"))
    assert found[2].labels == {"name": "stock", "team": "x"}


def test_a_name_for_several_targets_is_no_name(tmp_path):
    (tmp_path / "d.json").write_text(
        json.dumps([{"targets": ["a", "b"], "labels": {"name": "n"}}, {"targets": []}])
    )
    assert [t.name for t in opened("{discover: d.json}", tmp_path).current()] == ["a", "b"]


def test_a_file_that_changes_is_read_again_and_a_bad_one_changes_nothing(tmp_path):
    file = tmp_path / "d.yaml"
    file.write_text("[{targets: [a]}]")
    targets = opened("{discover: d.yaml}", tmp_path)
    assert [t.name for t in targets.current()] == ["a"]
    write(file, "[{targets: [a, b]}]")
    assert [t.name for t in targets.current()] == ["a", "b"]
    for bad in ("[{targets: b}]", "{", "", "[{targets: [a, a]}]", "[{labels: {}}]"):
        write(file, bad)
        assert [t.name for t in targets.current()] == ["a", "b"]
        assert targets.problem
    file.unlink()
    assert [t.name for t in targets.current()] == ["a", "b"]
    assert "No such file" in targets.problem
    write(file, "[]")
    assert targets.current() == ()
    assert not targets.problem


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{type: x}", "missing-key"),
        ("{type: x, targets: [a, a]}", "duplicate-name"),
        ("{type: x, discover: none.yaml}", "unreadable-file"),
        ("{type: x, discover: bad.yaml}", "wrong-type"),
        ("{type: x, targets: [a], discover: same.yaml}", "duplicate-name"),
        ("{type: x, discover: many.yaml}", "too-large"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(tmp_path, text, code):
    (tmp_path / "bad.yaml").write_text("{}")
    (tmp_path / "same.yaml").write_text("[{targets: [a]}]")
    many = [f"a{number}" for number in range(MAX_TARGETS + 1)]
    (tmp_path / "many.yaml").write_text(json.dumps([{"targets": many}]))
    with pytest.raises(Unusable) as caught:
        opened(text, tmp_path)
    assert [problem.code for problem in caught.value.problems] == [code]
