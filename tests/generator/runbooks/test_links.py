"""Links of runbooks: each leads somewhere, or the build says which does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.generator.compile import Inputs
from sothat.generator.runbooks.links import anchors, fences, targets, with_boards
from sothat.generator.values import Values, load_values

Refused = Callable[[Inputs], list]


def notes(small: Inputs, text: str) -> Path:
    file = small.catalogue.resolve().parent / "runbooks" / "PlantPumpStopped.md"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "link",
    [
        "PlantStationDown.md",
        "index.md",
        "#escalation",
        "#the-red-door",
        "PlantStationDown.md#the-condition",
        "https://example.org/a?b=c#d",
        "mailto:help@example.org",
    ],
)
def test_links_that_lead_somewhere(small: Inputs, refused: Refused, link: str) -> None:
    notes(small, f"See [it]({link}).\n\n## The *red* door\n")
    assert not refused(small)


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("PlantStatonDown.md", "did you mean 'PlantStationDown.md'?"),
        ("PlantStationDown", "did you mean 'PlantStationDown.md'?"),
        ("../x/PlantStationDown.md", None),
        ("#escalations", "did you mean 'escalation'?"),
        ("PlantStationDown.md#nothing", None),
        ("javascript:alert(1)", None),
        ("http://", None),
        ("//example.org/x", None),
        ("http://[::1/x", None),
        ("mailto:nobody", None),
        ("board:none", None),
    ],
)
def test_links_that_lead_nowhere(
    small: Inputs, refused: Refused, link: str, hint: str | None
) -> None:
    file = notes(small, f"One.\n\nSee [it]({link}).\n")
    (problem,) = refused(small)
    assert problem.code == "dead-link"
    assert (problem.position.line, problem.position.column) == (3, 10)
    assert problem.position.file.endswith(file.name)
    assert hint is None or problem.hint == hint


def test_links_in_steps_are_looked_at(
    small: Inputs, bend: Callable[..., Inputs], refused: Refused
) -> None:
    inputs = bend("do: Restart the pump", "do: Restart [the pump](nowhere.md)")
    (problem,) = refused(inputs)
    lines = (small.catalogue / "plant.yaml").read_text().splitlines()
    assert lines[problem.position.line - 1][problem.position.column - 1 :].startswith("nowhere.md")


def test_a_link_in_code_is_no_link(small: Inputs, refused: Refused) -> None:
    notes(small, "`[x](y.md)`\n\n```text\n[x](y.md)\n```\n")
    assert not refused(small)


def page(small: Inputs, name: str) -> None:
    file = small.catalogue.resolve().parent / "runbooks" / "routine" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "apiVersion: sothat/v1\nkind: Runbook\ntitle: T\ncategory: routine\nwhen: daily\n"
        "owner: Somebody\nsteps: [{do: Look}]\noutcome: Fine\n"
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("plantpumpstopped.yaml", "duplicate-page"),
        ("index.yaml", "duplicate-page"),
        ("a b.yaml", "bad-page-name"),
        ("ü.yaml", "bad-page-name"),
    ],
)
def test_pages_whose_names_cannot_stand(
    small: Inputs, refused: Refused, name: str, code: str
) -> None:
    page(small, name)
    assert [problem.code for problem in refused(small)] == [code]


def test_two_pages_of_one_name(small: Inputs, refused: Refused) -> None:
    page(small, "one.yaml")
    page(small, "one.yaml")
    assert not refused(small)
    page(small, "../ONE.yaml")
    assert [problem.code for problem in refused(small)] == ["duplicate-page"]


def test_anchors_are_those_of_the_headings() -> None:
    text = "# One `two`, three!\n\n## Notes\n\n## Notes\n\n```\n# no\n```\n"
    assert anchors(text) == {"one-two-three", "notes", "notes_1"}


def test_targets_and_fences_are_found_where_markdown_has_them() -> None:
    text = "![x](a.png) <https://e.org>\n\n[r]\n\n[r]: b.md\n\n~~~bash\nls\n~~~\n"
    assert list(targets(text)) == ["a.png", "https://e.org", "b.md"]
    assert [(f.language, f.text, f.line) for f in fences(text)] == [("bash", "ls\n", 7)]


def test_a_board_s_link_leads_to_grafana_where_there_is_one() -> None:
    text = "See [the fleet](board:sothat-fleet)."
    shown = with_boards(text, load_values(None, ["urls.grafana=http://g:3000/"]))
    assert shown == "See [the fleet](http://g:3000/d/sothat-fleet)."
    assert with_boards(text, Values({})) == "See the fleet."
