"""Sections of hand-written notes: none of their text is ever lost."""

from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.runbooks.sections import Section, sections_of

LINES = st.sampled_from(
    [
        "",
        "## Notes",
        "## notes ##",
        "##Not a heading",
        "text",
        "```sh",
        "```",
        "~~~~",
        "# One",
        "    ## x",
    ]
)


def test_text_before_any_heading_comes_first() -> None:
    assert sections_of("first\n\n## Decisions\n\n- a\n") == (
        Section("", "first"),
        Section("Decisions", "- a"),
    )


def test_sections_of_one_name_are_joined() -> None:
    found = sections_of("## History\none\n## Other\ntwo\n## history\nthree")
    assert [section.title for section in found] == ["History", "Other"]
    assert "one" in found[0].text
    assert "three" in found[0].text


def test_a_heading_in_code_is_code() -> None:
    text = "## Notes\n```sh\n## not a heading\n```\n## History\nx"
    assert [section.title for section in sections_of(text)] == ["Notes", "History"]


def test_a_heading_without_text_is_kept() -> None:
    assert sections_of("## History\n") == (Section("History", ""),)


@given(st.lists(LINES, max_size=12))
def test_no_line_is_lost(lines: list[str]) -> None:
    found = sections_of("\n".join(lines))
    kept = [line for section in found for line in section.text.splitlines() if line.strip()]
    titles = {section.title.casefold() for section in found}
    for line in lines:
        shown = line.strip()
        assert not shown or line in kept or shown.strip("# ").casefold() in titles
    assert len(titles) == len(found)
