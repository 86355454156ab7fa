"""Every problem of a contract has its page, and the reference knows every key of the language."""

import json
import re
from pathlib import Path

import pytest
from sothat.generator.contracting.document import read_contract

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "generator" / "contracting"
SCHEMA = json.loads((ROOT / "alert_rules" / "schemas" / "contract.json").read_text("utf-8"))
REFERENCE = (ROOT / "docs" / "reference" / "contracts.md").read_text("utf-8")


def codes() -> set[str]:
    texts = [file.read_text("utf-8") for file in ROOM.glob("*.py")]
    pattern = r'(?:unusable|Problem)\(\s*"([a-z-]+)"'
    return {code for text in texts for code in re.findall(pattern, text)}


def test_there_are_codes() -> None:
    assert {"undeclared-label", "bad-exposition"} <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_page_for_each_code(code: str) -> None:
    text = (ROOT / "docs" / "problems" / f"{code}.md").read_text("utf-8")
    assert text.startswith(f"# {code}\n")
    for part in ("**What it means.**", "**Why it matters.**", "**What to do.**"):
        assert part in text


def keys(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {key for item in schema for key in keys(item)}
    if not isinstance(schema, dict):
        return set()
    inner = {key for value in schema.values() for key in keys(value)}
    return inner | {*schema.get("properties", {})}


@pytest.mark.parametrize("key", sorted(keys(SCHEMA) - {"apiVersion", "kind"}))
def test_the_reference_knows_every_key(key: str) -> None:
    assert f"`{key}`" in REFERENCE


def test_the_example_of_the_reference_is_a_contract(tmp_path: Path) -> None:
    example = REFERENCE.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "pump.yaml").write_text(example, encoding="utf-8")
    contract = read_contract(tmp_path / "pump.yaml")
    assert [family.name for family in contract.families] == ["pump_up", "pump_flow_litres_total"]
