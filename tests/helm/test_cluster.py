"""Install, upgrade, roll back and uninstall against a real API server with the operators' CRDs."""

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ..incidents.conftest import TOKEN, Running, data, database  # noqa: F401, TID252
from .api_server import Cluster, api_server, load_definitions
from .charts import CHART, MATRIX, Manifest, manifests, template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
# Somebody's namespace in which nothing but the restricted profile is let in, and told of.
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "watch",
        "labels": {
            f"pod-security.kubernetes.io/{how}": "restricted" for how in ("enforce", "warn")
        },
    },
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # urllib3's, on the server's own certificate
        with api_server(folder) as started:
            load_definitions(started)
            file = folder / "namespace.json"
            file.write_text(json.dumps(NAMESPACE))
            started.kubectl("apply", "-f", str(file))
            yield started


@pytest.mark.parametrize("case", MATRIX)
def test_the_server_accepts_every_object(cluster: Cluster, scratch: Path, case: str) -> None:
    """Validated by the server itself, without a warning of Pod Security."""
    values, more = MATRIX[case]
    if case == "operator-beta":
        more = more[:1]  # this server has the CRDs without the conversion
    file = scratch / f"{case}.yaml"
    file.write_text(template(scratch, values, *more).stdout)
    told = cluster.kubectl(
        "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", str(file)
    )
    assert "Warning" not in told
    assert told.count("serverside-applied (server dry run)") == file.read_text().count("\nkind: ")


def test_pods_of_all_workloads_are_let_in(cluster: Cluster, scratch: Path) -> None:
    """No controller makes pods here, so they are made of the templates; Pod Security judges."""
    values, more = MATRIX["everything"]
    workloads = _workloads(template(scratch, values, *more).stdout)
    assert len(workloads) == 5
    for one in workloads:
        _create(cluster, one, scratch)


def test_the_profile_would_refuse_a_slip(cluster: Cluster, scratch: Path) -> None:
    values, more = MATRIX["everything"]
    text = template(scratch, values, *more).stdout.replace("drop: [ALL]", "add: [NET_RAW]")
    told = _create(cluster, _workloads(text)[0], scratch, check=False)
    assert 'violates PodSecurity "restricted:latest"' in told


def _workloads(text: str) -> list[Manifest]:
    kinds = ("Deployment", "StatefulSet", "DaemonSet")
    return [one for one in manifests(text) if one["kind"] in kinds]


def _create(cluster: Cluster, workload: Manifest, folder: Path, *, check: bool = True) -> str:
    """Have the server judge the pod that a workload would have; return what it says."""
    pod = {"apiVersion": "v1", "kind": "Pod", **workload["spec"]["template"]}
    pod["metadata"] = {**pod["metadata"], "name": "tried", "namespace": "watch"}
    file = folder / "pod.json"
    file.write_text(json.dumps(pod))
    return cluster.kubectl("create", "--dry-run=server", "-f", str(file), check=check)


class Jobs:
    """In place of the controller: finishes the Jobs of hooks, and counts them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._over = threading.Event()
        self.seen: set[str] = set()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> "Jobs":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _work(self) -> None:
        while not self._over.wait(0.5):
            for job in self._cluster.get("jobs", "watch"):
                if not job.get("status", {}).get("succeeded"):
                    self._finish(job["metadata"]["name"], job["metadata"]["uid"])

    def _finish(self, name: str, uid: str) -> None:
        self.seen.add(uid)
        now = "2026-11-23T00:00:00Z"
        conditions = [
            {"type": kind, "status": "True", "lastTransitionTime": now}
            for kind in ("SuccessCriteriaMet", "Complete")
        ]
        status = {
            "startTime": now,
            "completionTime": now,
            "succeeded": 1,
            "conditions": conditions,
        }
        patch = json.dumps({"status": status})
        self._cluster.kubectl(
            *("patch", "job", name, "-n", "watch", "--subresource=status", "--type=merge"),
            *("-p", patch),
            check=False,
        )


def test_install_upgrade_roll_back_uninstall(cluster: Cluster, scratch: Path) -> None:
    values = scratch / "release.yaml"
    values.write_text(yaml.safe_dump({**MATRIX["everything"][0]}))
    release = ("watcher", str(CHART), "-n", "watch")
    cluster.run("helm", "install", *release, "-f", str(values))
    kinds = ("prometheusrules", "servicemonitors", "podmonitors", "probes", "alertmanagerconfigs")
    others = ("deployments", "statefulsets", "networkpolicies", "httproutes", "certificates")
    there = {kind: len(cluster.get(kind, "watch")) for kind in (*kinds, *others)}
    assert all(there.values()), there
    (fleet,) = _named(cluster, "statefulsets", "watcher-sothat-tuya")
    assert fleet["spec"]["replicas"] == 5
    with Jobs(cluster) as jobs:
        cluster.run(
            *("helm", "upgrade", *release, "-f", str(values)),
            *("--set", "exporters.tuya.replicas=6", "--set", "incidents.config.resolve_after=1m"),
        )
        assert len(jobs.seen) == 1
    (fleet,) = _named(cluster, "statefulsets", "watcher-sothat-tuya")
    assert fleet["spec"]["replicas"] == 6
    with Jobs(cluster):
        cluster.run("helm", "rollback", "watcher", "1", "-n", "watch")
    (fleet,) = _named(cluster, "statefulsets", "watcher-sothat-tuya")
    assert fleet["spec"]["replicas"] == 5
    cluster.run("helm", "uninstall", "watcher", "-n", "watch")
    left = {kind: cluster.get(kind, "watch") for kind in (*kinds, *others, "configmaps")}
    assert {kind: len(found) for kind, found in left.items() if found} in ({}, {"configmaps": 1})


def _named(cluster: Cluster, kind: str, name: str) -> list[dict[str, object]]:
    return [one for one in cluster.get(kind, "watch") if one["metadata"]["name"] == name]


def test_helm_test_runs_the_loop(cluster: Cluster, data: Path, tmp_path: Path) -> None:  # noqa: F811
    """The test pod's own arguments, run against a service of the release's configuration."""
    cluster.run(
        *("helm", "install", "looper", str(CHART), "-n", "watch"),
        *("--set", "secrets.generate=true", "--set", "incidents.replicas=1"),
        *("--set", "incidents.store.type=sqlite", "--set", "monitoring.mode=none"),
    )
    running = Running(data)
    running.start()
    (data / "secrets/api-token").write_text("unused")
    outcome: list[subprocess.CompletedProcess[str]] = []

    def kubelet() -> None:
        (pod,) = _await_pod(cluster, "looper-sothat-test")
        (container,) = pod["spec"]["containers"]
        arguments = [
            one.replace("http://looper-sothat-incidents.watch.svc:9781", running.url).replace(
                "/data/", f"{data}/"
            )
            for one in container["args"]
        ]
        command = [sys.executable, "-P", "-m", "sothat.commands", *arguments]
        outcome.append(subprocess.run(command, capture_output=True, text=True, check=False))
        phase = "Succeeded" if outcome[0].returncode == 0 else "Failed"
        cluster.kubectl(
            *("patch", "pod", "looper-sothat-test", "-n", "watch", "--subresource=status"),
            *("-p", json.dumps({"status": {"phase": phase}})),
        )

    helper = threading.Thread(target=kubelet)
    helper.start()
    told = cluster.run("helm", "test", "looper", "-n", "watch", "--timeout", "90s")
    helper.join(60)
    assert "Phase:          Succeeded" in told
    assert outcome[0].stdout.startswith("incident 1 came after")
    assert running.stop() == 0
    cluster.run("helm", "uninstall", "looper", "-n", "watch")


def _await_pod(cluster: Cluster, name: str) -> list[dict[str, object]]:
    for _ in range(200):
        if found := _named(cluster, "pods", name):
            return found
    raise AssertionError(f"no pod {name}")
