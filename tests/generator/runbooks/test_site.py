"""The site of the runbooks: complete, self-contained, the same every time, replaced as a whole."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from markdown import Markdown
from sothat.generator.site.contents import Group, groups_of, read_pages
from sothat.generator.site.making import MARKER, make_site
from sothat.generator.site.plain_markdown import makeExtension
from sothat.model.problem import Unusable

PAGES = {
    "index": "# Runbooks\n\n## Alerts: plant\n\n- [PumpStopped](PumpStopped.md) (P2) – stopped\n"
    '\n## Routine\n\n- [Daily "checks"](daily.md) – daily\n',
    "PumpStopped": "<!-- made -->\n\n# PumpStopped\n\nSee [daily](daily.md#steps).\n\n"
    "<script>alert(1)</script>\n\n1. Look\n\n    ```sh\n    date\n    ```\n\n    **Expect:** now\n",
    "daily": '# Daily "checks"\n\n## Steps\n\n<b onclick="x()">bold</b>\n',
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("made") / "site"
    assert make_site(PAGES, output)
    return output


def contents(folder: Path) -> Mapping[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_each_page_is_there_and_links_lead_to_pages(site: Path) -> None:
    for name in PAGES:
        page = (site / f"{name}.html").read_text()
        assert page.lstrip().startswith("<!doctype html>")
        for target in re.findall(r'href="([^"#:]+\.html)', page):
            assert (site / target).is_file(), target
    assert 'href="daily.html#steps"' in (site / "PumpStopped.html").read_text()
    assert 'id="steps"' in (site / "daily.html").read_text()


def test_blocks_within_steps_stay_within_them(site: Path) -> None:
    page = (site / "PumpStopped.html").read_text()
    assert re.search(r"<li>\s*<p>Look</p>.*<code>.*date.*Expect:.*</li>", page, re.DOTALL)


def test_no_script_stands_within_a_page_and_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for file in site.glob("*.html"):
        page = file.read_text()
        assert re.findall(r"<script(?![^>]* src=| id=\"__config\")", page) == []
        assert "<b onclick" not in page
        loaded = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', page)
        assert [target for target in loaded if re.match(r"\w+:|/", target)] == []
        for target in loaded:
            assert (site / target).exists(), target


def test_html_of_a_page_is_text(site: Path) -> None:
    assert "&lt;script&gt;alert(1)" in (site / "PumpStopped.html").read_text()
    assert "made" not in (site / "PumpStopped.html").read_text().split("<article")[1][:400]


def test_the_search_knows_names_and_words(site: Path) -> None:
    found = json.dumps(json.loads((site / "search.json").read_text()))
    assert "PumpStopped" in found
    assert "Expect" in found


def test_the_same_bytes_every_time(site: Path, tmp_path: Path) -> None:
    make_site(PAGES, tmp_path / "other")
    assert contents(tmp_path / "other") == contents(site)


def test_a_site_is_left_alone_or_replaced_as_a_whole(tmp_path: Path) -> None:
    output = tmp_path / "deep" / "site"
    assert make_site(PAGES, output)
    before = (output / "index.html").stat().st_mtime_ns
    assert not make_site(PAGES, output)
    assert (output / "index.html").stat().st_mtime_ns == before
    fewer = {name: text for name, text in PAGES.items() if name != "daily"}
    fewer["index"] = "# Runbooks\n"
    assert make_site(fewer, output)
    assert not (output / "daily.html").exists()
    assert [path.name for path in output.parent.iterdir()] == ["site"]


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(Unusable) as caught:
        attempt()
    return caught.value.problems[0].code


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert refusal(lambda: make_site(PAGES, tmp_path)) == "unwritable-output"
    assert refusal(lambda: make_site(PAGES, tmp_path / "mine.txt")) == "unwritable-output"
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    assert make_site(PAGES, tmp_path / "site")
    assert (tmp_path / "site" / MARKER).is_file()


def test_without_the_generator_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sothat.generator.site.making._GENERATOR", "no_such_generator")
    assert refusal(lambda: make_site(PAGES, tmp_path / "site")) == "tool-missing"
    assert not (tmp_path / "site").exists()


def test_a_generator_that_fails_leaves_the_old_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "site"
    make_site(PAGES, output)
    before = contents(output)
    monkeypatch.setattr("sothat.generator.site.making.configuration", lambda _: "[project")
    assert refusal(lambda: make_site(PAGES, output)) == "site-failed"
    assert contents(output) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_navigation_is_the_index() -> None:
    assert groups_of(PAGES["index"]) == (
        Group("Alerts: plant", ("PumpStopped",)),
        Group("Routine", ("daily",)),
    )


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    assert refusal(lambda: read_pages(tmp_path)) == "not-found"


def test_html_in_markdown_is_shown() -> None:
    text = "<div>\n\n<script>x</script> `<b>` <img src=x onerror=y>\n\n</div>\n\n&lt;"
    html = Markdown(extensions=[makeExtension()]).convert(text)
    assert set(re.findall(r"<(\w+)", html)) == {"p", "code"}
