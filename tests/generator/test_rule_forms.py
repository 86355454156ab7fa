"""The same rules for Prometheus, for the operator and for the rulers."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from sothat.generator.compile import Inputs, installed_inputs
from sothat.generator.emitters import prometheus_rule_manifests as manifests
from sothat.generator.rule_files import GroupText
from sothat.generator.values import Values, load_values
from sothat.model.problem import Unusable

Build = Callable[[Inputs], dict[str, str]]
Groups = dict[str, dict[str, Any]]
RFC_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def shipped(built: Build) -> dict[str, str]:
    return built(installed_inputs(None, Values()))


def by_name(groups: list[dict[str, Any]]) -> Groups:
    assert len({group["name"] for group in groups}) == len(groups)
    return {group["name"]: group for group in groups}


def of_prometheus(texts: Mapping[str, str]) -> Groups:
    files = [text for path, text in texts.items() if path.startswith("prometheus/rules/")]
    return by_name([group for text in files for group in yaml.safe_load(text)["groups"]])


def of_operator(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(texts["kubernetes/prometheusrules.yaml"]))


def test_all_forms_hold_the_same_rules(shipped: dict[str, str]) -> None:
    prometheus = of_prometheus(shipped)
    assert sum(len(group["rules"]) for group in prometheus.values()) > 250
    specs = [group for m in of_operator(shipped) for group in m["spec"]["groups"]]
    assert by_name(specs) == prometheus
    mimir = yaml.safe_load(shipped["ruler/sothat.yaml"])
    assert list(mimir) == ["namespace", "groups"]
    assert by_name(mimir["groups"]) == prometheus
    thanos = by_name(yaml.safe_load(shipped["ruler/thanos.yaml"])["groups"])
    assert {g.pop("partial_response_strategy") for g in thanos.values()} == {"abort"}
    assert thanos == prometheus


def test_no_alert_group_is_larger_than_rulers_take(shipped: dict[str, str]) -> None:
    for name, group in of_prometheus(shipped).items():
        assert len(group["rules"]) <= 20, name


def test_promtool_takes_each_form(
    shipped: dict[str, str], write_out: Callable, run_tool: Callable, promtool: str
) -> None:
    texts = {f"m/{m['metadata']['name']}.yaml": m["spec"] for m in of_operator(shipped)}
    texts["mimir.yaml"] = {"groups": yaml.safe_load(shipped["ruler/sothat.yaml"])["groups"]}
    folder = write_out({path: yaml.safe_dump(data) for path, data in texts.items()})
    checked = run_tool(promtool, "check", "rules", *folder.rglob("*.yaml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_manifests_are_what_the_api_server_takes(shipped: dict[str, str]) -> None:
    found = of_operator(shipped)
    names = [manifest["metadata"]["name"] for manifest in found]
    assert len(set(names)) == len(names)
    for manifest in found:
        assert (manifest["apiVersion"], manifest["kind"]) == (
            "monitoring.coreos.com/v1",
            "PrometheusRule",
        )
        assert RFC_1123.fullmatch(manifest["metadata"]["name"])
        assert len(manifest["metadata"]["name"]) <= 253
        assert manifest["metadata"]["labels"]["role"] == "alert-rules"
        assert "namespace" not in manifest["metadata"]
        assert len(json.dumps(manifest)) < _MEBIBYTE / 4


def test_templates_of_annotations_survive(shipped: dict[str, str]) -> None:
    for path in ("kubernetes/prometheusrules.yaml", "ruler/sothat.yaml", "ruler/thanos.yaml"):
        assert "{{ $labels.device }}" in shipped[path]


def test_names_labels_and_strategy_come_from_the_values(small: Inputs, built: Build) -> None:
    settings = [
        "kubernetes.namespace=monitoring",
        "kubernetes.rule_labels=release=kube-prometheus-stack,team=sre",
        "ruler.namespace=plant",
        "ruler.partial_response=warn",
    ]
    texts = built(replace(small, values=load_values(None, settings)))
    metadata = of_operator(texts)[0]["metadata"]
    assert metadata["namespace"] == "monitoring"
    assert metadata["labels"]["release"] == "kube-prometheus-stack"
    assert metadata["labels"]["team"] == "sre"
    assert "role" not in metadata["labels"]
    assert yaml.safe_load(texts["ruler/plant.yaml"])["namespace"] == "plant"
    assert "partial_response_strategy: warn" in texts["ruler/thanos.yaml"]


@pytest.mark.parametrize(
    "setting",
    [
        "kubernetes.namespace=Monitoring",
        "kubernetes.rule_labels=release",
        "ruler.namespace=a/b",
        "ruler.namespace=thanos",
        "ruler.partial_response=maybe",
    ],
)
def test_what_would_be_no_name_is_refused(setting: str) -> None:
    with pytest.raises(Unusable):
        load_values(None, [setting])


def test_what_is_too_large_for_one_manifest_becomes_several(
    small: Inputs, built: Build, monkeypatch: pytest.MonkeyPatch, bend: Callable
) -> None:
    monkeypatch.setattr(manifests, "MOST_BYTES", 10)
    names = [manifest["metadata"]["name"] for manifest in of_operator(built(small))]
    assert names == ["sothat-plant", "sothat-recordings"]
    groups = [GroupText(f"g{n}", "  - name: …") for n in range(3)]
    assert [[g.name for g in part] for part in manifests._portions(groups)] == [
        ["g0"],
        ["g1"],
        ["g2"],
    ]


def test_a_domain_named_like_a_file_of_recording_rules_is_refused(
    bend: Callable, built: Build
) -> None:
    inputs = bend("domain: plant", "domain: recordings")
    with pytest.raises(Unusable) as raised:
        built(inputs)
    assert raised.value.problems[0].code == "artefact-clash"
