"""The reference names every setting, its default, and every reason."""

import re
from pathlib import Path

import pytest
from sothat.exporters.business.form import KPIS
from sothat.exporters.schema import COMMON, COMMON_OF_MODULES, PROBES_SCHEMA, schema
from sothat.exporters.service import collector_types, installed_types
from sothat.exporters.tuya.contract import REASONS
from sothat.runtime.documents import parse_document

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "exporter.md").read_text()


def section(heading):
    return PAGE.split(f"\n{heading}\n")[1].split("\n## ")[0]


def check_settings(text, properties):
    for name, described in properties.items():
        row = re.search(rf"^\| `{name}` \| (.*?) \|", text, re.MULTILINE)
        assert row, f"{name} is not documented"
        if "default" in described and described["default"] != []:
            default = described["default"]
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert row[1] == f"`{shown}`", name


@pytest.mark.parametrize("name", sorted(collector_types()))
def test_every_setting_of_a_collector(name):
    check_settings(section(f"## `type: {name}`"), collector_types()[name].schema()["properties"])


def test_every_setting_of_the_file():
    own = dict(schema(installed_types())["properties"])
    del own["apiVersion"], own["kind"]
    check_settings(section("## The configuration"), {**own, **COMMON})


def test_every_setting_of_probes():
    check_settings(section("## Probes"), COMMON_OF_MODULES)
    check_settings(section("## Probes"), PROBES_SCHEMA["properties"])


def test_every_key_of_a_kpi():
    check_settings(
        section("## `type: business`"), KPIS["properties"]["kpis"]["items"]["properties"]
    )


def test_every_reason():
    for reason in REASONS:
        assert f"| `{reason}` |" in PAGE


def test_the_examples_are_well_formed():
    examples = re.findall(r"```yaml\n(apiVersion.*?)```", PAGE, re.DOTALL)
    kinds = [parse_document(example, "page").data["kind"] for example in examples]
    assert kinds == ["Exporter", "Exporter", "Inventory", "KPIs"]
