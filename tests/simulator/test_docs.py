"""The page on the building names everything that there is."""

import re
from pathlib import Path

import click
import pytest
import yaml
from sothat.commands.building import command
from sothat.simulator.config import load_building
from sothat.simulator.faults import PARAMETERS, FaultName
from sothat.simulator.products import FIRMWARE_CODE, Product, load_products

from .conftest import ROOT

PAGE = (ROOT / "docs" / "reference" / "building.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", FaultName)
def test_every_fault_has_a_row_with_its_defaults(fault: FaultName) -> None:
    (row,) = re.findall(rf"^\| `{fault}` \|.*$", PAGE, re.MULTILINE)
    for name, parameter in PARAMETERS.get(fault, {}).items():
        assert f"`{name}` = {parameter.default:g}" in row


@pytest.mark.parametrize("product", load_products().values(), ids=lambda product: product.name)
def test_every_product_has_a_row_with_its_points(product: Product) -> None:
    (row,) = re.findall(rf"^\| .*`{product.name}`.*\|$", PAGE, re.MULTILINE)
    codes = {point.code for point in product.points.values()} - {FIRMWARE_CODE}
    assert all(f"`{code}`" in row for code in codes)
    assert f"`{FIRMWARE_CODE}`" in PAGE


def test_every_option_and_subcommand_is_there() -> None:
    assert isinstance(command, click.Group)
    for name, subcommand in command.commands.items():
        assert name in PAGE
        for parameter in subcommand.params:
            if isinstance(parameter, click.Option) and name == "serve":
                assert f"`{parameter.opts[0]}" in PAGE


def test_the_example_is_a_building(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert yaml.safe_load(example)["kind"] == "Building"
    file = tmp_path / "building.yaml"
    file.write_text(example, encoding="utf-8")
    assert len(load_building(file).devices) == 2
