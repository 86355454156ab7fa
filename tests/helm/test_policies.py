"""What others' tools and the operators' own definitions say of every object."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from .api_server import OWN_DEFINITIONS
from .charts import MATRIX, Loader, Manifest, name_of, program, rendered, template, tools_folder
from .schemas import is_core

pytestmark = pytest.mark.slow
# Why each is left out:
# a tag is a release, and the digest is what pins it; whoever pins neither asks for `Always`;
# replicas are spread by topology constraints, which a score before them does not know;
# an exporter that asks servers itself is one: two would ask everything twice.
NOT_ASKED = (
    "container-image-pull-policy",
    "deployment-has-host-podantiaffinity",
    "statefulset-has-host-podantiaffinity",
    "deployment-replicas",
)


@pytest.mark.parametrize("case", ["defaults", "everything", "sqlite", "exporters-only"])
def test_kube_score_has_nothing_to_say(scratch: Path, case: str) -> None:
    values, more = MATRIX[case]
    without = {"monitoring": {**values.get("monitoring", {}), "mode": "none"}}
    text = template(scratch, {**values, **without}, *more).stdout
    ignored = [f"--ignore-test={one}" for one in NOT_ASKED]
    command = [program("kube-score"), "score", "-", "--output-format=ci", *ignored]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if not line.startswith(("[OK]", "[SKIPPED]"))]
    assert done.stdout.count("[OK]") > 20
    assert said == []


@pytest.mark.parametrize("case", ["operator", "operator-beta", "everything"])
def test_custom_objects_fit_their_definitions(scratch: Path, case: str) -> None:
    custom = [one for one in rendered(case, scratch) if not is_core(one)]
    assert len(custom) > 30
    found = {name_of(one): [*_violations(one)] for one in custom}
    assert {name: said for name, said in found.items() if said} == {}


def test_a_slip_would_be_found(scratch: Path) -> None:
    rule = next(o for o in rendered("operator", scratch) if o["kind"] == "PrometheusRule")
    assert [*_violations({**rule, "spec": {"group": []}})]


def _violations(manifest: Manifest) -> Iterator[str]:
    validator = _definitions()[manifest["apiVersion"], manifest["kind"]]
    for error in validator.iter_errors(manifest):
        yield f"{error.json_path}: {error.message[:200]}"


@cache
def _definitions() -> dict[tuple[str, str], Draft202012Validator]:
    """Return a validator for each version of each kind that the operators define."""
    folder = Path(tools_folder()) / "crds"
    if not folder.is_dir():
        pytest.skip("no definitions of the operators (tools/set-up cluster)")
    files = [*folder.glob("*/*.yaml"), *OWN_DEFINITIONS.glob("*.yaml")]
    found = {}
    for file in files:
        for one in yaml.load_all(file.read_text("utf-8"), Loader=Loader):
            for version in (one or {}).get("spec", {}).get("versions", ()):
                spec = one["spec"]
                key = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                schema = _strict({**version["schema"]["openAPIV3Schema"]}, top=True)
                found[key] = Draft202012Validator(schema)
    return found


def _strict(schema: dict[str, Any], *, top: bool = False) -> dict[str, Any]:
    """Return a definition that refuses fields it does not know, as the server does when asked."""
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {name: _strict(inner) for name, inner in made["properties"].items()}
        if not made.get("x-kubernetes-preserve-unknown-fields"):
            known = {"apiVersion": {}, "kind": {}, "metadata": {}} if top else {}
            made["properties"] = {**made["properties"], **known}
            made["additionalProperties"] = False
    if isinstance(made.get("items"), dict):
        made["items"] = _strict(made["items"])
    if "(?" in made.get("pattern", "")[1:]:  # Go's flags within an expression
        del made["pattern"]
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
    return made
