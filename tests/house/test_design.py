"""The page on what the rooms agreed on names the metrics and extension points that there are."""

import re
import runpy
from pathlib import Path

import pytest
from sothat.generator.declared import installed_contracts
from sothat.model.metric import MetricFamily

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design" / "closed-loop.md").read_text(encoding="utf-8")
OURS = ("exporter", "host", "database", "tuya", "business", "incidents")
FAMILIES = {
    family.name: family
    for contract in installed_contracts()
    if contract.source in OURS
    for family in contract.families
}
NAMED = set(re.findall(r"`([a-z0-9_]+)(?:\{[^}]*\})?`", PAGE))


def test_every_metric_on_the_page_is_one_of_ours() -> None:
    prefixed = re.compile(r"(sothat|host|database|tuya|business|incidents)_.")
    assert {name for name in NAMED if prefixed.match(name)} <= set(FAMILIES)


@pytest.mark.parametrize(
    "family",
    [family for name, family in FAMILIES.items() if name in NAMED],
    ids=lambda family: family.name,
)
def test_labels_and_type_are_as_the_page_says(family: MetricFamily) -> None:
    found = re.search(rf"`{family.name}(?:{{([^}}]+)}})?`(?: ([GCH])\b)?", PAGE)
    assert found
    labels, kind = found.groups()
    if labels:
        named = set(labels.split(",")) - {"…"}
        assert named <= set(family.label_names)
        assert "…" in labels or named == set(family.label_names)
    if kind:
        assert family.type.value[0].upper() == kind


def test_every_extension_point_is_on_the_page() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("setuptools.setup", lambda **_: None)
        groups = runpy.run_path(str(ROOT / "setup.py"))["EXTENSIONS"]
    assert [group for group in groups if f"`{group}`" not in PAGE] == []
