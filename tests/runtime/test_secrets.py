"""Secrets: from a file or the environment, and never shown."""

from pathlib import Path

import pytest
from sothat.model.problem import Unusable, render
from sothat.runtime.documents import load_document, parse_document
from sothat.runtime.schema import validate
from sothat.runtime.secrets import SECRET_SCHEMA, Secret, resolve_secret


def secret(folder: Path, text: str, environment: dict[str, str]) -> Secret:
    (folder / "f.yaml").write_text(text)
    document = load_document(folder / "f.yaml")
    return resolve_secret(document, ["token"], environment, folder)


def test_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert secret(tmp_path, "token: {file: token}\n", {}).reveal() == "s3cret"


def test_from_the_environment(tmp_path: Path) -> None:
    assert secret(tmp_path, "token: {env: T}\n", {"T": "x"}).reveal() == "x"


@pytest.mark.parametrize("text", ["token: {file: nowhere}\n", "token: {env: T}\n"])
def test_a_missing_one_is_a_problem_with_a_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unusable) as caught:
        secret(tmp_path, text, {})
    (problem,) = caught.value.problems
    assert problem.code == "missing-secret"
    assert problem.position is not None
    assert problem.position.line == 1


def test_a_file_that_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="larger than 1 MiB"):
        secret(tmp_path, "token: {file: /dev/zero}\n", {})


def test_it_never_shows_itself() -> None:
    shown = Secret("s3cret")
    assert "s3cret" not in f"{shown} {shown!r} {[shown]}"


@pytest.mark.parametrize("written", ["s3cret", "[s3cret]", "5318008"])
def test_one_that_is_written_where_its_place_is_to_be_named_is_not_shown(written: str) -> None:
    document = parse_document(f"token: {written}\n", "f.yaml")
    (problem,) = validate(document, {"type": "object", "properties": {"token": SECRET_SCHEMA}})
    assert (problem.code, str(problem.position)) == ("secret-in-text", "f.yaml:1:8")
    assert written.strip("[]") not in f"{render(problem)}{problem}"


def test_what_else_is_wrong_with_its_place_is_said_as_ever() -> None:
    document = parse_document("token: {fil: x}\n", "f.yaml")
    problems = validate(document, {"type": "object", "properties": {"token": SECRET_SCHEMA}})
    assert [problem.code for problem in problems] == ["unknown-key"]
