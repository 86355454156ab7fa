"""The examples for clusters and images: they name what there is."""

import re

import yaml

from .charts import CHART, ROOT

GITOPS = ROOT / "examples" / "gitops"


def test_versions_are_the_charts() -> None:
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    application = yaml.safe_load((GITOPS / "argocd.yaml").read_text())
    chart, _ = application["spec"]["sources"]
    assert chart["targetRevision"] == version
    repository, release = yaml.safe_load_all((GITOPS / "flux.yaml").read_text())
    assert repository["spec"]["ref"]["tag"] == version
    assert (
        release["spec"]["values"].keys()
        <= yaml.safe_load((CHART / "values.yaml").read_text()).keys()
    )


def test_chart_and_package_are_of_one_version() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    version = re.search(r'^version = "(.*)"$', project, re.MULTILINE)
    assert version
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version[1]


def test_the_image_is_no_root_and_of_a_named_base() -> None:
    lines = (ROOT / "Containerfile").read_text()
    assert re.search(r"^USER 10001:10001$", lines, re.MULTILINE)
    (base,) = re.findall(r"^ARG BASE=(\S+)$", lines, re.MULTILINE)
    assert not base.endswith(":latest")
    assert set(re.findall(r"^FROM (\S+)", lines, re.MULTILINE)) == {"${BASE}"}
    extras = re.search(r'"\.\[(.*?)\]"', lines)
    assert extras
    known = (ROOT / "pyproject.toml").read_text()
    assert all(re.search(rf"^{one} = \[", known, re.MULTILINE) for one in extras[1].split(","))
