"""The quality page: each figure is taken from the page that its test or benchmark wrote.

``python tests/house/quality.py`` writes it. A figure that is no longer on its page, or a page
without a date, fails the test: so nothing is said here that was not measured there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUALITY = ROOT / "docs" / "quality"
PAGE = QUALITY / "README.md"
INTRODUCTION = """# Quality, measured

One line a figure: what it says, the command that makes it again, and when it was made. Each is
taken from the page that it links to, which a test or a benchmark wrote or which says by hand what a
named test found; `python tests/house/quality.py` puts them together, and a test fails while this
page is stale. Machines and their load are on those pages; ratios were measured within one run.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        what: What is measured.
        page: Its page, from the root.
        pattern: Finds it there, once.
        words: How it is shown; ``{0}`` and so on are the pattern's groups.
        command: Makes it again.
        dated: Finds its date on the page; by default the first date there is.
    """

    what: str
    page: str
    pattern: str
    words: str
    command: str
    dated: str = r"(\d{4}-\d\d-\d\d)"

    def shown(self) -> str:
        """Return the figure as it stands on its page.

        Raises:
            LookupError: It does not stand there, or more than once.
        """
        found = re.findall(self.pattern, self._text(), re.MULTILINE)
        if len(found) != 1:
            raise LookupError(f"{self.page}: {self.what}: found {len(found)} times")
        groups = found[0] if isinstance(found[0], tuple) else (found[0],)
        return self.words.format(*groups)

    def day(self) -> str:
        """Return when it was measured.

        Raises:
            LookupError: Its page does not say.
        """
        found = re.search(self.dated, self._text())
        if found is None:
            raise LookupError(f"{self.page}: {self.what}: no date")
        return found[1]

    def _text(self) -> str:
        return (ROOT / self.page).read_text(encoding="utf-8")


def _row(first: str, cells: int) -> str:
    """Return the pattern of a table's row: its first cells as they are, then so many groups."""
    return rf"^\| {first} \|" + r" ([^|]+?) \|" * cells


_BENCH = "docs/quality/benchmarks.md"
_EXPORTERS = "docs/quality/exporters.md"
_BESIDE = "docs/quality/incidents-figures.md"
_MAKE_BESIDE = "pytest benchmarks/test_incidents_beside.py -s"
_SECTION = r"## {0}\n(?:(?!\n## )[\s\S])*?Measured on (\d{{4}}-\d\d-\d\d)"


def _section(title: str) -> str:
    return _SECTION.format(re.escape(title))


FIGURES = {
    "Does it find faults?": (
        Figure(
            "slips in rules that are reported (mutation score)",
            "docs/quality/mutation.md",
            _row(r"\*\*all\*\*", 5),
            "{1} of {0}, {2}; promtool {4}",
            "python -m tests.generator.mutation.run",
        ),
        Figure(
            "slips in shipped alerts that a generated test notices",
            "docs/quality/proof.md",
            _row(r"\*\*all\*\*", 6),
            "{1} of {0}, {2}; {3} change nothing, {4} explained, {5} survived",
            "sothat prove --mutants",
        ),
        Figure(
            "alerts of awesome-prometheus-alerts with a finding, each read by hand",
            "docs/quality/public-rules.md",
            r"## samber/[\s\S]*?\*\*(\d+) alerts; (\d+) have a finding\*\*",
            "{1} of {0}",
            "sothat check --rules … --contract … --json",
        ),
    ),
    "Does it lose anything?": (
        Figure(
            "cases with real Alertmanagers, old and new, alone and as two (conformance)",
            "docs/quality/incidents.md",
            r"\| (\d+) of (\d+) cases passed\.",
            "{0} of {1}",
            "sothat conformance --alertmanager OLD --alertmanager NEW",
            r"## What it must show, line by line\n\nRuns of (\d{4}-\d\d-\d\d)",
        ),
        Figure(
            "three replicas, killed six times in a storm",
            "docs/quality/cluster.md",
            r"\| ([\d,]+) incidents, (\d+) pages twice, each marked as repeated",
            "{0} incidents, none lost; {1} pages twice, marked as repeated",
            "pytest tests/incidents/test_replicas.py -s",
        ),
        Figure(
            "tickets under losses, doubles and crashes by chance",
            "docs/quality/tickets.md",
            r"\| (\d+) of its (\d+) seeds in one run of \d+ s: all hold",
            "{0} seeds tried of {1}, all hold",
            'pytest -m "" tests/incidents/tickets/test_synchroniser_random.py',
        ),
    ),
    "How quick is it, beside its peers?": (
        Figure(
            "check of 1,000 alerts; `promtool check rules` = 1",
            _BENCH,
            _row(r"sothat check [|] 1,0\d\d", 4),
            "{0}, ratio {3}",
            "make bench",
        ),
        Figure(
            "check of 10,000 alerts; `promtool check rules` = 1",
            _BENCH,
            _row(r"sothat check [|] 10,\d\d\d", 4),
            "{0}, ratio {3}, {2}",
            "make bench",
        ),
        Figure(
            "one file of 1,000 alerts changed, checked again",
            _BENCH,
            _row(r"one file changed, checked again \(watch\) [|] 1,0\d\d", 1),
            "{0}",
            "make bench",
        ),
        Figure(
            "host exporter, processor time a scrape; node_exporter = 1",
            _EXPORTERS,
            _row("host", 8),
            "{0}, ratio {7}",
            'make bench ARGS="-k beside"',
            _section("Beside node_exporter and postgres_exporter"),
        ),
        Figure(
            "PostgreSQL exporter, the same; postgres_exporter = 1",
            _EXPORTERS,
            _row("PostgreSQL", 8),
            "{0}, ratio {7}",
            'make bench ARGS="-k beside"',
            _section("Beside node_exporter and postgres_exporter"),
        ),
        Figure(
            "exposition of 100,000 series; prometheus_client's generate_latest = 1",
            _EXPORTERS,
            _row("100,000", 3),
            "{1}, {2} times as quick",
            'make bench ARGS="-k exposition"',
            _section("Expositions beside generate_latest"),
        ),
        Figure(
            "incident service, ten new alerts a message; alerta-server = 1",
            _BESIDE,
            _row("sothat [|] 10 [|] new", 7),
            "{0} alerts/s, {5} times; p99 {2}, {6} of it",
            _MAKE_BESIDE,
        ),
        Figure(
            "the same, one new alert a message",
            _BESIDE,
            _row("sothat [|] 1 [|] new", 7),
            "{0} alerts/s, {5} times; p99 {2}, {6} of it",
            _MAKE_BESIDE,
        ),
        Figure(
            "1,000 Tuya devices, one in ten dead: age of the last answer, p99",
            "docs/quality/tuya.md",
            _row("sothat export, polls every 15 s", 5),
            "{1}; {3} cores, {4}",
            "pytest benchmarks/test_tuya.py -s",
        ),
    ),
    "Can everybody use it?": (
        Figure(
            "the README alone, from a clone to an own alert, board and exporter",
            "docs/quality/first-steps.md",
            _row("all of it", 1),
            "{0}",
            "pytest -m slow tests/house/test_first_steps.py",
        ),
        Figure(
            "axe-core (WCAG 2.2 A and AA) over every page, dark and light, at 390 and 1280 pixels",
            "docs/quality/access.md",
            r"at 390 and at 1280 pixels \|[^|]+\| (no violation)",
            "{0}",
            'pytest -m "" tests/incidents/access/test_pages_axe.py',
        ),
    ),
}


def coverage() -> str:
    """Return how many requirements are covered, and how many of them have something open."""
    text = (ROOT / "docs" / "reference" / "coverage.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    undone = [section.partition("\n")[0] for section in sections if "*open*" in section]
    lacking = f"; something open in {len(undone)}: {', '.join(undone)}" if undone else ""
    return f"{len(sections)} requirements, each with what covers it{lacking}"


def page() -> str:
    """Return the page.

    Raises:
        LookupError: A figure is not where it should be.
    """
    return "\n".join([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for title, figures in FIGURES.items():
        yield f"## {title}\n"
        yield "| what | figure | command | measured |"
        yield "|---|---|---|---|"
        yield from (_line(figure) for figure in figures)
        yield ""
    yield "## Is everything there that was wanted?\n"
    yield f"{coverage()}: [coverage](../reference/coverage.md).\n"
    yield "By `python -m sothat.generator.coverage`, from the catalogue of this commit.\n"
    yield "## Everything that was tried, and what was not\n"
    for file in sorted(QUALITY.glob("*.md")):
        if file != PAGE:
            title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            yield f"- [{title}]({file.name})"
    yield ""


def _line(figure: Figure) -> str:
    link = f"[{figure.shown()}]({Path(figure.page).name})"
    return f"| {figure.what} | {link} | `{figure.command}` | {figure.day()} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
