"""The chart in every way that somebody may want it: sound, valid, with no rights to spare."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from .charts import CHART, MATRIX, NEWEST, OLDEST, Manifest, helm, name_of, pods, template
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
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name


def test_pods_have_limits_no_token_and_no_latest(objects: list[Manifest]) -> None:
    for name, pod in pods(objects):
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
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
    """Helm keeps chart and rendered text, compressed, as base64 in one Secret of a mebibyte."""
    listing = subprocess.run(
        ["find", "-L", str(CHART), "-type", "f"], capture_output=True, text=True, check=True
    )
    left_out = ("compiled/prometheus/tests", "compiled/ruler", "prometheusrules.yaml", "manifest")
    files = [f for f in listing.stdout.splitlines() if not any(part in f for part in left_out)]
    texts = {file: Path(file).read_text(encoding="utf-8") for file in sorted(files)}
    record = {"chart": texts, "manifest": template(scratch, MATRIX["everything"][0]).stdout}
    packed = gzip.compress(json.dumps(record).encode(), 9)
    assert len(packed) * 4 / 3 < 1000 * 1024


def test_helm_test_runs_a_loop_with_the_tokens_of_the_release(objects: list[Manifest]) -> None:
    for one in objects:
        if one["metadata"].get("annotations", {}).get("helm.sh/hook") == "test":
            (container,) = one["spec"]["containers"]
            assert container["args"][:2] == ["incidents", "drill"]
