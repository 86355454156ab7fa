"""The page of all metrics is what the contracts say; write it anew by running this file."""

from collections.abc import Iterator
from pathlib import Path

from sothat.generator.declared import installed_contracts
from sothat.model.metric import Contract, MetricFamily

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "metrics.md"
INTRODUCTION = """# Metrics

Every family that the pack's own processes expose, as their contracts declare it. Third-party
sources: `sothat contract list` and `sothat contract show NAME`. Written by
`python tests/house/test_metric_page.py`.

*there*: `always` while the target is up; `feature`: while what it speaks of is there (a sensor, a
replica); `event`: once something has happened.
"""


def page() -> str:
    """Return the page as the contracts have it."""
    own = [contract for contract in installed_contracts() if _is_ours(contract)]
    return "\n".join([INTRODUCTION, *(line for contract in own for line in section(contract))])


def _is_ours(contract: Contract) -> bool:
    folders = (ROOT / "exporters" / contract.source, ROOT / "incidents")
    named = ("exporter", "incidents", "sothat-textfiles")
    return contract.source in named or folders[0].is_dir()


def section(contract: Contract) -> Iterator[str]:
    yield f"## {contract.source}\n"
    yield "| metric | type | unit | labels | there | meaning |"
    yield "|---|---|---|---|---|---|"
    yield from map(row, contract.families)
    yield ""


def row(family: MetricFamily) -> str:
    labels = ", ".join(f"`{name}`" for name in family.label_names)
    cells = (f"`{family.name}`", family.type, family.unit or "", labels, family.presence)
    text = family.help.replace("|", "\\|")
    return f"| {' | '.join(map(str, cells))} | {text} |"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
