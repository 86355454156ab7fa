"""The chart in every way that somebody may want it: sound, valid, with no rights to spare."""

import gzip
import json
import os
import subprocess
import sys
import tarfile
from base64 import b64encode
from pathlib import Path

import pytest
import yaml
from sothat.exporters.service import Options, check
from sothat.incidents.configuration import load_settings

from .charts import (
    CHART,
    MATRIX,
    NEWEST,
    OLDEST,
    OPERATOR,
    Manifest,
    helm,
    manifests,
    name_of,
    pods,
    rendered,
    template,
)
from .schemas import is_core, violations


def test_lint_finds_nothing() -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART)).stdout


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_valid(objects: list[Manifest], version: str) -> None:
    own = [one for one in objects if is_core(one)]
    found = {name_of(one): problems for one in own if (problems := [*violations(one, version)])}
    assert own
    assert found == {}


def test_a_slip_would_be_found(objects: list[Manifest]) -> None:
    """The schemas refuse what Kubernetes would: an unknown field, a wrong type."""
    service = next(one for one in objects if one["kind"] == "Service")
    for spec in ({"selectr": {}}, {"ports": "9781"}):
        assert [*violations({**service, "spec": spec}, NEWEST)]


def test_names_are_unique_and_short(objects: list[Manifest]) -> None:
    names = [name_of(one) for one in objects]
    assert len(names) == len(set(names))
    assert all(len(one["metadata"]["name"]) <= 63 or one["kind"] in _LONG for one in objects)
    assert {one["metadata"]["namespace"] for one in objects} == {"watch"}


# Objects whose names become nobody's label.
_LONG = {"ConfigMap", "PrometheusRule", "GrafanaDashboard"}


def test_pods_meet_the_restricted_profile(objects: list[Manifest]) -> None:
    for name, pod in pods(objects):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        kinds = {next(iter(volume.keys() - {"name"})) for volume in pod["volumes"]}
        assert kinds <= {"configMap", "secret", "emptyDir", "projected"}, name
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name


def test_pods_have_limits_no_token_and_no_latest(objects: list[Manifest]) -> None:
    for name, pod in pods(objects):
        assert pod["automountServiceAccountToken"] is False, name
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            limits = container["resources"]["limits"]
            assert limits.keys() >= {"cpu", "memory", "ephemeral-storage"}, name
            assert container["resources"]["requests"].keys() == limits.keys(), name
            _, _, tag = container["image"].rpartition(":")
            assert tag not in ("latest", "", container["image"]), name


def test_nobody_gets_rights(objects: list[Manifest]) -> None:
    kinds = {one["kind"] for one in objects}
    assert not kinds & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}


def test_each_workload_is_probed_and_found_by_its_service(objects: list[Manifest]) -> None:
    services = [one for one in objects if one["kind"] == "Service"]
    workloads = [one for one in objects if one["kind"] in _WORKLOADS]
    assert len(services) == len(workloads)
    for one in workloads:
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert any(service["spec"]["selector"].items() <= labels.items() for service in services)
        assert one["spec"]["selector"]["matchLabels"].items() <= labels.items()
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()


_WORKLOADS = {"Deployment", "DaemonSet", "StatefulSet"}


def test_no_object_is_too_large_for_its_store(objects: list[Manifest]) -> None:
    """A ConfigMap holds a mebibyte; a quarter of it is left for what the catalogue will grow."""
    for one in objects:
        size = len(json.dumps(one.get("data", one)).encode())
        assert size < 768 * 1024, f"{name_of(one)}: {size}"


def test_the_record_of_a_release_fits_into_a_secret(scratch: Path) -> None:
    """Helm keeps chart and rendered text in one Secret of a mebibyte; some is left to grow into."""
    helm("package", str(CHART), "-d", str(scratch))
    (package,) = scratch.glob("sothat-*.tgz")
    with tarfile.open(package) as archive:
        members = [one for one in archive.getmembers() if one.isfile()]
        # Files are bytes to Helm, and bytes are base64 in JSON.
        texts = [b64encode(archive.extractfile(one).read()).decode() for one in members]  # type: ignore[union-attr]
    manifest = template(scratch, MATRIX["everything"][0], *MATRIX["everything"][1]).stdout
    packed = gzip.compress(json.dumps({"chart": texts, "manifest": manifest}).encode(), 9)
    assert len(b64encode(packed)) < 0.9 * 1024 * 1024


def test_helm_test_runs_a_loop_with_the_tokens_of_the_release(objects: list[Manifest]) -> None:
    for one in objects:
        if one["metadata"].get("annotations", {}).get("helm.sh/hook") == "test":
            (container,) = one["spec"]["containers"]
            assert container["args"][:2] == ["incidents", "drill"]


def test_runbooks_of_the_image_get_the_addresses_of_the_cluster(
    scratch: Path, tmp_path: Path
) -> None:
    values = {"urls": {"incidents": "https://incidents.example.org/"}}
    objects = manifests(template(scratch, values).stdout)
    pod = next(pod for name, pod in pods(objects) if name == "Deployment/try-sothat-incidents")
    (container,) = pod["initContainers"]
    script, _ = container["args"]
    environment = {**os.environ, **{one["name"]: one["value"] for one in container["env"]}}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, check=True)
    pages = [page.read_text() for page in tmp_path.glob("*.md")]
    assert len(pages) > 100
    assert not any("http://127.0.0.1:9781" in page for page in pages)
    assert any("https://incidents.example.org/" in page for page in pages)


def test_what_is_compiled_gets_the_addresses_of_the_cluster(scratch: Path) -> None:
    values = {"urls": {"incidents": "https://incidents.example.org", "grafana": "https://g.test"}}
    text = template(scratch, values, *OPERATOR).stdout
    rules = [one for one in manifests(text) if one["kind"] == "PrometheusRule"]
    alerts = [r for one in rules for g in one["spec"]["groups"] for r in g["rules"] if "alert" in r]
    assert len(alerts) > 100
    for alert in alerts:
        said = alert["annotations"]
        assert said["runbook_url"] == f"https://incidents.example.org/runbooks/{alert['alert']}"
        assert said["dashboard_url"].startswith("https://g.test/d/")
    (routing,) = (one for one in manifests(text) if one["kind"] == "AlertmanagerConfig")
    hooks = [hook for r in routing["spec"]["receivers"] for hook in r.get("webhookConfigs", ())]
    inside = "http://try-sothat-incidents.watch.svc:9781/api/v1/webhooks/alertmanager"
    assert inside in [hook.get("url") for hook in hooks]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"incidents": {"store": {"type": "sqlite"}}}, "for one replica"),
        ({"exporters": {"probes": {"sharded": True}}}, "/exporters/probes/kind"),
        ({"incidents": {"config": {"listen": "0.0.0.0:1"}}}, "/incidents/config"),
        ({"ingress": {"enabled": True}}, "/ingress/host"),
        ({"incident": {}}, "additional properties 'incident' not allowed"),
    ],
)
def test_values_that_cannot_work_are_refused(
    scratch: Path, values: dict[str, object], said: str
) -> None:
    done = template(scratch, values, check=False)
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("case", ["defaults", "everything", "sqlite"])
def test_our_programs_take_the_configurations(scratch: Path, tmp_path: Path, case: str) -> None:
    """Every rendered configuration, by the loaders that the processes have."""
    for name in ("webhook-token", "api-token", "postgresql-password"):
        (tmp_path / "secrets").mkdir(exist_ok=True)
        (tmp_path / "secrets" / name).write_text("secret")
    (tmp_path / "secrets/store-url").write_text("postgresql://x@127.0.0.1/x")
    (tmp_path / "secrets/devices.json").write_text("[]")
    (tmp_path / "policy").symlink_to(CHART / "compiled" / "incidents")
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "people").mkdir()
    environment = {"SOTHAT_POD": "try-sothat-tuya-4"}
    checked = 0
    for one in rendered(case, scratch):
        for name, text in one.get("data", {}).items():
            if name not in ("exporter.yaml", "incidents.yaml", "people.yaml"):
                continue
            file = tmp_path / ("people" if name == "people.yaml" else "") / name
            file.write_text(text)
            checked += 1
            if name == "exporter.yaml":
                check(Options(file, tmp_path, None, "1", environment))
    load_settings(tmp_path / "incidents.yaml", environment, tmp_path)
    assert checked >= 2


def test_a_fleet_is_shared_out_among_its_replicas_or_as_said(scratch: Path) -> None:
    until = "2026-11-23T04:00:00Z"
    for more, wanted in (
        ({}, {"of": 5}),
        ({"shards": 4, "handover": {"of": 5, "until": until}}, {"of": 4, "before": 5}),
    ):
        fleet = {"enabled": True, "replicas": 5, **more}
        text = template(scratch, {"exporters": {"tuya": fleet}}).stdout
        (config,) = (
            yaml.safe_load(one["data"]["exporter.yaml"])
            for one in manifests(text)
            if name_of(one) == "ConfigMap/try-sothat-tuya"
        )
        shard = config["shard"]
        assert shard["fleet"] == "tuya"
        assert {"of": shard["of"]} | (
            {"before": shard["before"]["of"]} if "before" in shard else {}
        ) == wanted
