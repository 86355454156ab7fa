"""Plan, drift, diff and check --live as a new user meets them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import responses
import yaml
from sothat.commands._main import run as sothat
from sothat.live.reading.alertmanager import loaded_routing
from sothat.live.reading.http import Api
from sothat.model.problem import Unusable

from .world import rules

COMPILED = Path(__file__).parents[3] / "compiled"
NOWHERE = "http://127.0.0.1:1"
HEAD = "apiVersion: sothat/v1\nkind: Deployment\n"
MIMIR = "http://mimir.test/prometheus"


def compiled(folder: Path, *teams: str) -> Path:
    file = folder / "prometheus" / "rules" / "test.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(rules(*teams))
    return folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan"], "name the servers"),
        (["plan", "--target", "missing.yaml"], "[unreadable-file]"),
        (["plan", "--prometheus", "not an address"], "[bad-url]"),
        (["plan", "--prometheus", NOWHERE], "[prometheus-unreachable]"),
        (["plan", "--alertmanager", NOWHERE], "[server-unreachable]"),
        (["plan", "--grafana", NOWHERE], "[server-unreachable]"),
        (["apply", "--target", "missing.yaml"], "[unreadable-file]"),
        (["apply"], "Missing option '--target'"),
        (["check", "--live", NOWHERE], "[prometheus-unreachable]"),
        (["check", "--live", NOWHERE, "--past", "soon"], "not a duration"),
        (["check", "--live", NOWHERE, "--watch"], "--live holds a catalogue"),
    ],
)
def test_bad_input_is_told_in_words(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["--compiled", str(compiled(tmp_path / "out", "a"))] if words[0] == "plan" else []
    assert sothat([*words, *more]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: Deployment\napiVersion: sothat/v1\n", "[missing-key]"),
        ("kind: Stack\napiVersion: sothat/v1\nprometheus: {url: x}\n", "kind"),
        ("apiVersion: sothat/v1\nkind: Deployment\nprometheus: {url: 'ftp://x'}\n", "[bad-url]"),
        ("apiVersion: sothat/v1\nkind: Deployment\ngrafana: {url: 'http://x', token: abc}\n", ""),
        (f"{HEAD}grafana: {{url: 'http://x', token: {{file: nowhere}}}}\n", "[missing-secret]"),
    ],
)
def test_a_target_that_is_none(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "target.yaml"
    file.write_text(text)
    words = ["--target", str(file), "--compiled", str(compiled(tmp_path, "a"))]
    assert sothat(["plan", *words]) == 2
    err = capsys.readouterr().err
    assert str(file) in err
    assert told in err
    assert "abc" not in err


def test_nothing_compiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat(["plan", "--prometheus", NOWHERE, "--compiled", str(tmp_path)]) == 2
    assert "[nothing-compiled]" in capsys.readouterr().err


def test_a_damaged_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".sothat-apply").mkdir()
    (tmp_path / ".sothat-apply" / "journal.json").write_text('{"format": 1}')
    file = tmp_path / "target.yaml"
    data = {"apiVersion": "sothat/v1", "kind": "Deployment", "prometheus": {"url": NOWHERE}}
    file.write_text(yaml.safe_dump(data))
    assert sothat(["apply", "--target", str(file), "--rollback"]) == 2
    assert "[journal-damaged]" in capsys.readouterr().err


def test_drift_that_cannot_be_found_out_is_a_metric(tmp_path: Path) -> None:
    file = tmp_path / "drift.prom"
    words = ["--prometheus", NOWHERE, "--compiled", str(compiled(tmp_path, "a"))]
    assert sothat(["drift", *words, "--textfile", str(file)]) == 2
    assert "sothat_drift_check_success 0.0" in file.read_text()


def loaded(*teams: str) -> dict[str, object]:
    """Return what a ruler of Mimir answers: namespaces for files, and counts of its own."""
    alerts = [
        {
            "type": "alerting",
            "name": f"Down{team}",
            "query": "up == 0",
            "duration": 0,
            "keepFiringFor": 0,
            "labels": {"team": team, "priority": "P1"},
            "annotations": {},
            "alerts": [],
            "health": "ok",
            "evaluationTime": 0.1,
            "lastEvaluation": "2026-11-23T00:00:00Z",
        }
        for team in teams
    ]
    group = {"name": "sothat-test-1", "file": "sothat", "interval": 60, "rules": alerts}
    return {"status": "success", "data": {"groups": [{**group, "sourceTenants": []}]}}


@pytest.mark.parametrize(("teams", "code"), [(("a", "b"), 0), (("a",), 1)])
def test_a_ruler_behind_a_prefix(teams: tuple[str, ...], code: int, tmp_path: Path) -> None:
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{MIMIR}/api/v1/rules", json=loaded(*teams))
        words = ["--prometheus", MIMIR, "--compiled", str(compiled(tmp_path, "a", "b"))]
        assert sothat(["plan", *words]) == code


def test_no_rules_at_all_are_no_wish_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / "policy.json").write_text("{}")
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{MIMIR}/api/v1/rules", json=loaded("a"))
        assert sothat(["plan", "--prometheus", MIMIR, "--compiled", str(tmp_path)]) == 0


def test_what_answers_is_no_alertmanager() -> None:
    with responses.RequestsMock() as mock:
        mock.add("GET", "http://am.test/api/v2/status", body="<html>sign in</html>")
        with pytest.raises(Unusable, match="is not Alertmanager: its answer is no JSON"):
            loaded_routing(Api("Alertmanager", "http://am.test"))
    with responses.RequestsMock() as mock:
        mock.add("GET", "http://am.test/api/v2/status", json={"cluster": {}})
        with pytest.raises(Unusable, match="it shows no configuration"):
            loaded_routing(Api("Alertmanager", "http://am.test"))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with compiled rules of two teams, and of three since."""
    if shutil.which("git") is None:
        pytest.skip("no git here")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = compiled(tmp_path / "repository" / "out", "a", "b")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(folder.parent), *words], check=True)
    return compiled(folder, "a", "b", "c")


def test_diff_of_what_was_committed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat(["diff", "HEAD", "--compiled", str(repository), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [change["name"] for change in found["changes"]] == ["Downc"]
    assert sothat(["diff", "HEAD", "--compiled", str(repository), "--exit-code"]) == 1
    assert sothat(["diff", "HEAD", "--compiled", str(repository), "--format", "markdown"]) == 0
    assert "| added | alert `Downc` |" in capsys.readouterr().out


def test_diff_of_a_revision_that_is_none(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for revision in ("nonsense", "--output=x", ""):
        words = ["diff", "--compiled", str(repository), "--", revision]
        assert sothat(words) == 2, revision
        assert "[unknown-revision]" in capsys.readouterr().err


HOOKS = yaml.safe_load((COMPILED.parent / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_runs_a_command_that_there_is(hook: dict[str, object]) -> None:
    program, *words = [*str(hook["entry"]).split(), *hook.get("args", [])]  # type: ignore[misc]
    assert program == "sothat"
    assert sothat([*words, "--help"]) == 0
