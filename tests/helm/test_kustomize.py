"""What is compiled is a Kustomize base: every page and policy in it, nothing too large."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sothat.commands.build import command

from .charts import ROOT, Manifest, manifests, name_of, program

COMPILED = ROOT / "compiled"


def base() -> dict[str, list[object]]:
    found: dict[str, list[object]] = yaml.safe_load((COMPILED / "kustomization.yaml").read_text())
    return found


def test_the_base_names_files_that_are_there() -> None:
    named = [*base()["resources"]]
    for made in base()["configMapGenerator"]:
        assert isinstance(made, dict)
        named += made["files"]
        size = sum((COMPILED / file).stat().st_size for file in made["files"])
        assert size < 768 * 1024
    assert all((COMPILED / str(file)).is_file() for file in named)
    pages = {f"runbooks/{page.name}" for page in (COMPILED / "runbooks").glob("*.md")}
    assert pages <= set(map(str, named))


@pytest.mark.slow
def test_kubectl_renders_it() -> None:
    command_line = [program("kubectl"), "kustomize", str(COMPILED)]
    text = subprocess.run(command_line, capture_output=True, text=True, check=True).stdout
    found = manifests(text)
    kinds: dict[str, list[Manifest]] = {}
    for one in found:
        kinds.setdefault(one["kind"], []).append(one)
    assert kinds.keys() >= {"ConfigMap", "PrometheusRule", "AlertmanagerConfig"}
    pages = {key for one in kinds["ConfigMap"] if "runbooks" in name_of(one) for key in one["data"]}
    assert len(pages) == len([*(COMPILED / "runbooks").glob("*.md")])
    (policy,) = (one for one in kinds["ConfigMap"] if name_of(one) == "ConfigMap/sothat-policy")
    assert "P1" in json.loads(policy["data"]["policy.json"])["priorities"]


@pytest.mark.slow
def test_a_build_for_kubernetes_is_that_base_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--for", "kubernetes", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    tops = {path.name for path in (tmp_path / "out").iterdir()}
    assert tops == {"kubernetes", "incidents", "runbooks", "kustomization.yaml", "manifest.json"}
