"""Every problem that the code can report has its page, every page a problem, and an index.

After adding a page: ``python tests/house/test_problem_pages.py`` writes the index anew.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "problems"
INDEX = PAGES / "README.md"
# In the order in which a problem of several rooms finds its place in the index.
ROOMS = {
    "runtime": "Any configuration file or address",
    "model": "Any configuration file or address",
    "generator": "Catalogue, rules, boards and contracts",
    "service_levels": "Catalogue, rules, boards and contracts",
    "dashboards": "Boards that come with sothat",
    "exporters": "Exporter",
    "incidents": "Incident service",
    "stack": "The running stack: up, demo, doctor",
    "simulator": "Simulated building",
    "maintenance": "Maintenance",
    "reports": "Reports",
    "live": "What runs: plan, backtest, noise",
    "commands": "Commands",
}
# Findings of the type system are most of what a user meets: they stand for themselves.
TYPE_SYSTEM = "Queries: the type system of PromQL"
GROUPS = (TYPE_SYSTEM, *dict.fromkeys(ROOMS.values()))
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
# Calls that make a problem; its code is the first or second argument, or named ``code``.
MAKERS = {
    "Problem", "Finding", "unusable", "problem", "report", "_problem", "_fail", "_refusal",
    "_doubles", "_Refused", "_error", "Check",
}  # fmt: skip
PARTS = ("**What it means.** ", "**Why it matters.** ", "**What to do.** ")


def codes_in(source: str) -> Iterator[str]:
    """Yield the codes of calls that make a problem, of variables so named, and of bare pairs."""
    for node in ast.walk(ast.parse(source)):
        for candidate in _candidates(node):
            for constant in _texts(candidate):
                if CODE.fullmatch(constant):
                    yield constant


def _candidates(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in MAKERS:
            yield from node.args[:2]
            yield from (k.value for k in node.keywords if k.arg in ("code", "codes"))
    elif isinstance(node, ast.Assign):
        names = {getattr(target, "id", "") for target in node.targets}
        if names & {"code", "CODES"}:
            yield node.value
    elif isinstance(node, (ast.Return, ast.Lambda)):
        yield from _pair(node.value if isinstance(node, ast.Return) else node.body)
    elif isinstance(node, ast.IfExp):
        yield from (*_pair(node.body), *_pair(node.orelse))


def _pair(node: ast.expr | None) -> Iterator[ast.expr]:
    """Yield the first of a pair of code and message."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        message = node.elts[1]
        worded = isinstance(message, ast.Constant) and " " in str(message.value)
        if worded or isinstance(message, ast.JoinedStr):
            yield node.elts[0]


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from _texts(part)


def codes_of_schema(data: Any) -> Iterator[str]:
    """Yield the codes that a schema gives to what it refuses."""
    if isinstance(data, Mapping):
        if "code" in data.get("x-problem", {}):
            yield data["x-problem"]["code"]
        for value in data.values():
            yield from codes_of_schema(value)
    elif isinstance(data, list):
        for value in data:
            yield from codes_of_schema(value)


def reported() -> dict[str, str]:
    """Return the group of each code."""
    groups: dict[str, str] = {}
    for room, group in ROOMS.items():
        for path in sorted((ROOT / room).rglob("*.py")):
            typed = path.parent.name == "typecheck"
            for code in codes_in(path.read_text(encoding="utf-8")):
                groups[code] = TYPE_SYSTEM if typed else groups.get(code, group)
    for path in (ROOT / "alert_rules" / "schemas").glob("*.json"):
        for code in codes_of_schema(json.loads(path.read_text(encoding="utf-8"))):
            groups.setdefault(code, ROOMS["generator"])
    return groups


def pages() -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(PAGES.glob("*.md"))
        if path != INDEX
    }


def index() -> str:
    """Return the index: each page's first sentence, by what reports it."""
    groups, texts = reported(), pages()
    parts = ["# Problems\n\nEvery problem that sothat reports, by its code in square brackets.\n"]
    for group in GROUPS:
        lines = [_line(code, texts[code]) for code in texts if groups.get(code) == group]
        if lines:
            parts.append("\n".join((f"## {group}\n", *lines, "")))
    return "\n".join(parts)


def _line(code: str, text: str) -> str:
    meaning = text.partition(PARTS[0])[2].partition("\n")[0]
    sentence = re.split(r"(?<=[.!])\s+(?=[A-Z`])", meaning)[0]
    return f"- [{code}]({code}.md): {sentence}"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('unusable("no-file", message)', "no-file"),
        ('document.problem("no-file", m, path)', "no-file"),
        ('_Refused(404, "no-file", m)', "no-file"),
        ('Check(codes=("no-file",), find=find)', "no-file"),
        ('code = "no-file" if gone else shown', "no-file"),
        ('def f():\n    return "no-file", f"no {name}"', "no-file"),
        ('table = {"x": lambda: ("no-file", f"no {name}")}', "no-file"),
        ('shown = ("no-file", "of its own")', ""),
        ('text.encode("utf-8", "replace")', ""),
    ],
)
def test_codes_are_found_where_problems_are_made(source: str, code: str) -> None:
    assert set(codes_in(source)) == ({code} if code else set())


def test_every_problem_has_its_page() -> None:
    assert sorted(reported().keys() - pages().keys()) == []


def test_every_page_has_its_problem() -> None:
    assert sorted(pages().keys() - reported().keys()) == []


@pytest.mark.parametrize("code", sorted(pages()))
def test_a_page_says_what_why_and_what_to_do(code: str) -> None:
    text = pages()[code]
    assert text.startswith(f"# {code}\n\n{PARTS[0]}")
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def test_the_index_is_fresh() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(), f"run python {Path(__file__).name}"


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
