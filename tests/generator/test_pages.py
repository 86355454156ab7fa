"""Every code that the compiler can report has its page; the language's page knows every key."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.schemas import KINDS, as_text, schema_for
from sothat.generator.values import DEFAULTS
from sothat.runtime.documents import load_document

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "problems"
REPORTING = ("Problem", "unusable", "problem", "_problem", "_fail")
SOURCES = [
    *(ROOT / "generator").glob("*.py"),
    *(ROOT / "generator" / "checks").glob("*.py"),
    *(ROOT / "generator" / "loading").glob("*.py"),
    *(ROOT / "runtime" / name for name in ("documents.py", "plugins.py", "schema.py")),
]
# What policies and dependencies say about routing has a page of its own.
LANGUAGE = ("catalogue.md", "routing.md")
# The languages of contracts, runbooks and messages have pages of their own.
SCHEMAS = [
    path
    for path in sorted((ROOT / "alert_rules" / "schemas").glob("*.json"))
    if path.stem not in ("contract", "message", "runbook")
]


def reported(file: Path) -> Iterator[str]:
    """Yield the codes that stand as the first argument of a call that makes a problem."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in REPORTING:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def codes() -> set[str]:
    of_checks = {code for check in installed_checks() for code in check.codes}
    of_schemas = set(re.findall(r'"code": "([a-z-]+)"', "".join(p.read_text() for p in SCHEMAS)))
    of_values = {"wrong-type", "unknown-value", "empty-value", "bad-format", "bad-value"}
    return of_checks | of_schemas | of_values | {c for file in SOURCES for c in reported(file)}


def test_there_are_codes() -> None:
    assert {"missing-do", "unknown-metric", "yaml-syntax", "no-catalogue"} <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_page_for_each_code(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}\n")
    for part in ("**What it means.**", "**Why it matters.**", "**What to do.**"):
        assert part in text


def test_checks_report_only_what_they_declare() -> None:
    declared = {code for check in installed_checks() for code in check.codes}
    files = (ROOT / "generator" / "checks").glob("*.py")
    assert {code for file in files for code in reported(file)} <= declared


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_the_language_s_page_knows_every_key(schema: Path) -> None:
    reference = ROOT / "docs" / "reference"
    page = "".join((reference / name).read_text(encoding="utf-8") for name in LANGUAGE)
    for key in _keys(json.loads(schema.read_text(encoding="utf-8"))):
        assert f"`{key}`" in page, f"{schema.stem}: {key}"


def test_the_language_s_page_knows_every_default() -> None:
    page = (ROOT / "docs" / "reference" / "catalogue.md").read_text(encoding="utf-8")
    for name, value in DEFAULTS.items():
        assert f"| `{name}` | `{value}` |" in page


def _keys(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {key for part in schema for key in _keys(part)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own | {
        key for name, part in schema.items() if name != "x-problem" for key in _keys(part)
    }


def test_the_published_schemas_are_complete() -> None:
    for kind, stem in KINDS.items():
        published = (ROOT / "alert_rules" / "schemas" / f"{stem}.json").read_text(encoding="utf-8")
        assert published == as_text(schema_for(kind)), (
            f"sothat schema -o alert_rules/schemas: {kind}"
        )


def test_each_file_of_the_catalogue_names_its_schema() -> None:
    for file in (ROOT / "alert_rules").glob("*.yaml"):
        first, kind = (
            file.read_text(encoding="utf-8").splitlines()[0],
            load_document(file).data["kind"],
        )
        assert first == f"# yaml-language-server: $schema=schemas/{KINDS[kind]}.json", file


@pytest.mark.parametrize("stem", KINDS.values())
def test_a_schema_defines_what_it_refers_to(stem: str) -> None:
    text = (ROOT / "alert_rules" / "schemas" / f"{stem}.json").read_text(encoding="utf-8")
    defined = set(json.loads(text).get("$defs", {}))
    assert set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text)) <= defined
