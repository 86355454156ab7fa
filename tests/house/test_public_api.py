"""A public name that vanishes or is called in another way is told in the changelog, or it stays."""

import importlib
import re

import pytest

from .public_api import (
    MODULES,
    PAGE,
    RELEASED,
    ROOT,
    broken,
    listing,
    page,
    public_names,
    undeclared,
)

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/house/public_api.py"


@pytest.mark.parametrize("module", MODULES)
def test_each_public_module_has_the_names_that_were_read(module: str) -> None:
    there = importlib.import_module(f"sothat.{module}")
    prefix = f"sothat.{module}."
    names = [name.removeprefix(prefix) for name in public_names() if name.startswith(prefix)]
    assert names
    missing = [name for name in names if not hasattr(there, name.partition(".")[0])]
    assert missing == []


def test_what_the_last_release_had_is_there_or_the_changelog_says_so() -> None:
    gone = broken(RELEASED.read_text(encoding="utf-8"), listing())
    assert undeclared(gone, CHANGELOG) == ()


def test_the_packs_that_people_begin_with_build_on_nothing_else() -> None:
    """What a pack is made of has to last; its tests may look further."""
    files = [f for f in (ROOT / "examples" / "packs").rglob("*.py") if "tests" not in f.parts[-2:]]
    taken = re.compile(r"^from sothat\.([\w.]+) import", re.MULTILINE)
    found = {module for file in files for module in taken.findall(file.read_text("utf-8"))}
    assert found
    assert found <= set(MODULES)


OLD = "sothat.a.gone(x: int) -> None\nsothat.a.same()\nsothat.a.other(x: int)\nsothat.a.FIXED\n"
NEW = "sothat.a.same()\nsothat.a.other(x: int, y: int)\nsothat.a.FIXED\nsothat.a.more()\n"


def test_what_is_gone_and_what_is_called_in_another_way_is_found() -> None:
    assert broken(OLD, NEW) == ("sothat.a.gone", "sothat.a.other")
    assert broken(OLD, OLD) == ()


def test_only_the_next_release_of_the_changelog_counts() -> None:
    names = ("sothat.a.gone", "sothat.a.other")
    said = "## Unreleased\n\n### Removed\n\n- `sothat.a.gone`: nobody needs it.\n\n### Added\n"
    before = "## 0.1.0\n\n### Changed\n\n- `sothat.a.other`\n"
    assert undeclared(names, f"{said}\n- `sothat.a.other`\n\n{before}") == ("sothat.a.other",)
