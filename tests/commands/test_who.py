"""`sothat incidents who` names the person on call and what the rota lacks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.commands import _main
from sothat.runtime.documents import parse_document

SHIPPED = Path(__file__).parents[2] / "alert_rules" / "policy.yaml"
AT = "2026-03-30T08:59 Europe/Berlin"

Bend = Callable[[str, str], list[str]]


@pytest.fixture
def bent(tmp_path: Path) -> Bend:
    """Return a function that changes a text of the shipped policy and names its folder."""

    def bend(old: str, new: str) -> list[str]:
        text = SHIPPED.read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "policy.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return ["--catalogue", str(tmp_path)]

    return bend


def who(*arguments: str) -> int:
    return _main.run(["incidents", "who", *arguments])


def test_it_names_who_is_on_call_until_the_hand_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--team", "platform-sre") == 0
    assert capsys.readouterr().out == (
        "platform-sre  Third platform engineer, from Mon 2026-03-23 09:00 CET "
        "to Mon 2026-03-30 09:00 CEST (platform, shift)\n"
    )


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["at"] == "2026-03-30T06:59:00Z"
    assert found["teams"]["platform-sre"]["member"] == "Third platform engineer"
    assert found["teams"]["platform-sre"]["until"] == "2026-03-30T07:00:00Z"


def test_nobody_on_call_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--team", "security") == 1
    assert capsys.readouterr().out == "security  nobody\n"


def test_an_override_of_the_file_takes_over(bent: Bend, capsys: pytest.CaptureFixture[str]) -> None:
    override = (
        "    overrides: [{starts: 2026-03-30T08:00, ends: 2026-03-30T10:00, "
        "member: Stand-in, reason: training}]\n"
    )
    catalogue = bent("    team: platform-sre\n", f"    team: platform-sre\n{override}")
    assert who("--at", AT, "--team", "platform-sre", *catalogue) == 0
    assert "Stand-in" in capsys.readouterr().out


def test_the_lint_finds_the_gap_of_a_rotation_in_business_hours(
    bent: Bend, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = bent("    team: platform-sre\n", "    team: platform-sre\n    hours: business\n")
    noon = "2026-03-30T12:00 Europe/Berlin"
    assert who("--at", noon, "--lint", "--ahead", "1d", *catalogue) == 1
    told = capsys.readouterr().err
    assert "nobody will be on call for 'platform-sre': Mon 2026-03-30 18:00 CEST" in told
    assert "[gap-ahead]" in told


def test_the_lint_of_one_team_says_nothing_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--lint", "--team", "platform-sre") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--at", "noon"], "bad-time"),
        (["--team", "nobody"], "unknown-reference"),
        (["--lint", "--ahead", "soon"], "bad-duration"),
        (["--lint", "--ahead", "99y"], "bad-duration"),
        (["--catalogue", "no-such-folder"], "no-catalogue"),
    ],
)
def test_what_cannot_be_used_is_exit_2(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert who(*arguments) == 2
    assert f"[{code}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("time_zone: Europe/Berlin", "time_zone: Europe/Berlinn", "unknown-time-zone"),
        ("shift: 7d", "shift: 0d", "bad-rotation"),
        ("starts: 2026-01-05T09:00", "starts: 2026-02-30T09:00", "bad-rotation"),
        ("kind: Policy", "kind: Polizy", "missing-policy"),
        ("    shift: 7d\n", "", "missing-key"),
    ],
)
def test_a_policy_that_cannot_be_used_is_exit_2(
    bent: Bend, old: str, new: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert who("--at", AT, *bent(old, new)) == 2
    assert f"[{code}]" in capsys.readouterr().err


def test_the_rota_goes_to_a_calendar_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = ["--at", AT, "--ahead", "2w"]
    assert _main.run(["incidents", "rota", "export", "platform-sre", *times]) == 0
    file = tmp_path / "rota.ics"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    words = ["incidents", "rota", "overrides", str(file), "--rotation", "platform", *times]
    assert _main.run(words) == 0
    assert parse_document(capsys.readouterr().out, "out").data["overrides"][1] == {
        "starts": "2026-03-30T09:00",
        "ends": "2026-04-06T09:00",
        "member": "First platform engineer",
        "reason": "platform: shift",
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["export", "nobody"], "unknown-reference"),
        (["overrides", "no-such-file.ics", "--rotation", "platform"], "unreadable-file"),
        (["overrides", __file__, "--rotation", "platform"], "bad-icalendar"),
        (["overrides", __file__, "--rotation", "lost"], "unknown-reference"),
    ],
)
def test_a_rota_that_cannot_be_carried_is_exit_2(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main.run(["incidents", "rota", *words]) == 2
    assert f"[{code}]" in capsys.readouterr().err


PEOPLE = SHIPPED.parents[1] / "examples" / "people.yaml"


def test_the_levels_above_are_shown_with_their_contacts(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--team", "platform-sre", "--people", str(PEOPLE)) == 0
    _, first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("  technical first-level (P1 5 min of all hours")
    assert first.endswith("Third platform engineer – third-platform-engineer by push")
    assert second.endswith("Senior platform engineer – head-of-platform by voice")


def test_the_levels_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert who("--at", AT, "--team", "platform-sre", "--people", str(PEOPLE), "--json") == 0
    level = json.loads(capsys.readouterr().out)["escalation"]["platform-sre"][1]
    assert (level["ladder"], level["level"]) == ("technical", "second-level")
    assert level["after"]["P3"] == "1 day of business hours"
    assert level["asked"][0]["users"] == ["head-of-platform"]


def test_the_example_reaches_everybody(capsys: pytest.CaptureFixture[str]) -> None:
    who("--at", AT, "--lint", "--people", str(PEOPLE))
    told = capsys.readouterr().err
    assert "contact" not in told
    assert "level" not in told


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "words"),
    [
        ("[Third platform engineer]", "[Fourth engineer]", 1,
         "'Third platform engineer' is on call by the rotation 'platform', and no user has"),
        ("[Third platform engineer]", "[Fourth engineer]", 1, "[contact-unused]"),
        ("P2: [push]", "P2: []", 1, "and wants no messages of P2"),
        ("[Developer on call]", "[Developer of call]", 0, "did you mean 'Developer of call'"),
    ],
)  # fmt: skip
def test_the_lint_finds_who_is_out_of_reach(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, exit_code: int,
    words: str,
) -> None:  # fmt: skip
    text = PEOPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "people.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    before = who("--at", AT, "--lint")
    capsys.readouterr()
    assert who("--at", AT, "--lint", "--people", str(path)) == max(before, exit_code)
    assert words in capsys.readouterr().err


def test_levels_that_are_never_asked_and_out_of_order(
    bent: Bend, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = bent("P2: 2h, roles: [Subject-matter expert]}", "P2: 10m}")
    who("--at", AT, "--lint", *nobody)
    told = capsys.readouterr().err
    assert "nobody is asked at the level 'expert' of the technical escalation" in told
    assert "[level-never-reached]" in told
    assert "'expert' of the technical escalation is due 10 min of all hours after" in told
    assert "[level-out-of-order]" in told


def test_people_that_cannot_be_read_are_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "people.yaml").write_text("kind: Persons\n")
    assert who("--people", str(tmp_path / "people.yaml")) == 2
    assert "people.yaml:1:7" in capsys.readouterr().err
