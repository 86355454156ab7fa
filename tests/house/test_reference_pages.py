"""The generated reference has everything there is; `python -m tests.house.reference` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.runtime.plugins import load_extensions

from .blocks import ROOT
from .reference import alerts, api, commands, settings
from .reference.pages import FOLDER, generated
from .schemas import kinds

PAGES = generated()
KIND = re.compile(r"""["']?kind["']?\s*[:=]\s*\{\s*"const":\s*"([A-Z]\w+)"\s*\}""")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fresh(name: str) -> None:
    written = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert written == PAGES[name], "run python -m tests.house.reference"


def test_no_page_of_settings_is_left_over() -> None:
    there = {f"settings/{file.stem}" for file in (FOLDER / "settings").glob("*.md")}
    assert there <= set(PAGES)


def test_every_alert_has_its_line_and_its_runbook() -> None:
    found = {alert.name for alert in alerts.all_alerts()}
    runbooks = {file.stem for file in (ROOT / "compiled" / "runbooks").glob("*.md")}
    assert found
    assert found <= runbooks


def test_every_extension_that_is_a_command_is_on_the_page() -> None:
    shown = set(re.findall(r"^## sothat (\S+)$", PAGES["commands"], re.MULTILINE))
    assert shown == set(load_extensions("sothat.commands"))


def test_every_kind_that_the_code_reads_has_its_settings() -> None:
    assert set(_read_by_the_code()) <= set(kinds())
    assert set(settings.ABOUT) == set(kinds())


def _read_by_the_code() -> Iterator[str]:
    rooms = {file.parts[0] for file in map(_inside, ROOT.glob("*/__init__.py"))} - {"tests"}
    for room in sorted(rooms | {"alert_rules"}):
        for file in (*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.json")):
            yield from KIND.findall(file.read_text(encoding="utf-8"))


def _inside(file: Path) -> Path:
    return file.relative_to(ROOT)


def test_every_setting_of_a_schema_is_on_its_page() -> None:
    for kind, schema in kinds().items():
        text = PAGES[f"settings/{kind.lower()}"]
        names = {name for name in _names(schema) if name not in ("apiVersion", "kind")}
        missing = sorted(name for name in names if f"{name}`" not in text)
        assert missing == [], kind


def _names(node: object) -> Iterator[str]:
    """Yield the names of all properties, but of secrets and of what is only referred to."""
    if isinstance(node, dict):
        properties = node.get("properties", {})
        if isinstance(properties, dict) and not properties.keys() <= {"file", "env"}:
            yield from (name for name, part in properties.items() if part not in (True, {}))
        for name, part in node.items():
            yield from _names(part) if name != "$defs" else ()
    elif isinstance(node, (list, tuple)):
        for part in node:
            yield from _names(part)


def test_every_operation_of_the_api_is_on_the_page() -> None:
    assert len(api.operations()) > 50
    for operation in api.operations():
        assert f"### {operation.method} /api/v1{operation.path}\n" in PAGES["api"]


def test_every_option_of_a_command_is_on_the_page() -> None:
    sections = re.split(r"^##+ (.+)$", PAGES["commands"], flags=re.MULTILINE)
    texts = dict(zip(sections[1::2], sections[2::2], strict=True))
    for context in commands.walk():
        text = texts[context.command_path]
        options = [one for one in context.command.params if one.param_type_name == "option"]
        missing = [one.opts[0] for one in options if f"{one.opts[-1]}" not in text]
        assert missing == [], context.command_path
