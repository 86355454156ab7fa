"""The page of an alert: what is woven in, and where."""

import re
from collections.abc import Callable
from pathlib import Path

from sothat.generator.compile import Inputs

Build = Callable[[Inputs], dict[str, str]]
PAGE = "runbooks/PlantPumpStopped.md"


def headings(page: str) -> list[str]:
    return re.findall(r"^## (.+)$", page, re.MULTILINE)


def part(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def notes(small: Inputs, text: str) -> None:
    folder = small.catalogue.resolve().parent / "runbooks"
    (folder / "PlantPumpStopped.md").write_text(text, encoding="utf-8")


def test_a_page_has_all_its_sections_in_order(small: Inputs, built: Build) -> None:
    assert headings(built(small)[PAGE]) == [
        "First checks",
        "Decisions",
        "Notes",
        "The condition",
        "Escalation",
        "Related alerts",
        "Proof",
    ]


def test_sections_of_the_notes_stand_at_their_places(small: Inputs, built: Build) -> None:
    notes(small, "Plain.\n\n## decisions\n\n- Mine.\n\n## History\n\nOnce.\n\n## Valves\n\nRed.\n")
    page = built(small)[PAGE]
    assert "- Mine." in part(page, "Decisions")
    assert "Not acknowledged after" in part(page, "Decisions")
    assert "Plain." in part(page, "Notes")
    assert part(page, "Valves").strip() == "Red."
    order = headings(page)
    assert order.index("Notes") + 1 == order.index("Valves") < order.index("The condition")
    assert order[-1] == "History"


def test_the_query_is_live(small: Inputs, built: Build) -> None:
    condition = part(built(small)[PAGE], "The condition")
    found = re.search(r"\[The query, live\]\((?P<url>\S+)\)", condition)
    assert found
    assert found["url"].startswith("http://127.0.0.1:9090/graph?g0.expr=")
    assert "(" not in found["url"]


def test_deadlines_and_people_come_from_the_policy(
    small: Inputs, built: Build, bend: Callable[..., Inputs]
) -> None:
    before = built(small)[PAGE]
    assert "| Acknowledge within |" in before
    assert "| Update every |" in before
    roles = part(before, "Escalation")
    assert roles.lstrip().startswith("1. ")
    assert " reaches: " in roles


def write_runbook(small: Inputs, name: str, text: str) -> Path:
    file = small.catalogue.resolve().parent / "runbooks" / "emergency" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


RUNBOOK = """\
apiVersion: sothat/v1
kind: Runbook
title: Major incident
category: emergency
when: Much is out at once
owner: Incident commander
before: [The telephone list]
steps:
  - do: Look
    run: ping -c 3 10.0.0.1
    expect: three answers
    if_not: Call the site
decisions:
  - if: Is data at risk?
    then: Stop writing.
outcome: Somebody leads
troubleshooting:
  - sign: Nobody answers.
    remedy: Call the next.
notes: |
  ## After

  Rest.
"""


def test_a_hand_written_runbook_becomes_a_page(small: Inputs, built: Build) -> None:
    write_runbook(small, "major-incident", RUNBOOK)
    texts = built(small)
    page = texts["runbooks/major-incident.md"]
    assert "\n# Major incident\n" in page
    assert headings(page) == ["Before you start", "Steps", "Decisions", "Troubleshooting", "After"]
    assert "**If not:** Call the site" in page
    assert "**Is data at risk?** Stop writing." in page
    assert "[Major incident](major-incident.md) – Much is out at once" in texts["runbooks/index.md"]
    assert "[Declare a major incident](major-incident.md)" in texts[PAGE]


MESSAGE = """\
apiVersion: sothat/v1
kind: Message
title: First notice
when: At once
owner: Communications coordinator
audience: Customers
subject: "[SITE] is being looked at"
text:
  workaround: WORKAROUND
  what_happened: WHAT
  status: STATUS
  impact: IMPACT
  actions: ACTIONS
  expected_resolution: TIME
"""


def test_a_message_says_its_six_parts_in_order(small: Inputs, built: Build) -> None:
    write_runbook(small, "first-notice", MESSAGE)
    page = built(small)["runbooks/first-notice.md"]
    found = re.findall(r"^[A-Z]{4}[A-Z ]+$", part(page, "Text"), re.MULTILINE)
    assert found[0] == "WHAT HAPPENED"
    assert [line for line in found if " " in line or line in ("STATUS", "IMPACT")][-1] != "STATUS"
    assert (
        page.index("WHAT HAPPENED") < page.index("EXPECTED RESOLUTION") < page.index("WORKAROUND")
    )


def test_a_message_that_leaves_a_part_out_is_refused(small: Inputs, refused: Callable) -> None:
    file = write_runbook(small, "first-notice", MESSAGE.replace("  impact: IMPACT\n", ""))
    (problem,) = refused(small)
    assert problem.code == "missing-key"
    assert problem.position.file.endswith(file.name)
    assert problem.position.line > 1


def test_a_runbook_without_a_step_is_refused(small: Inputs, refused: Callable) -> None:
    empty = RUNBOOK.replace("- do: Look", "- do: ' '")
    write_runbook(small, "major-incident", empty)
    (problem,) = refused(small)
    assert (problem.code, problem.position.line) == ("empty-step", 9)
