"""A real API server of Kubernetes, with its etcd, as processes on loopback.

There is neither kubelet nor controller: what a hook's Job or Pod would do, a test does instead.
"""

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from .charts import program, tools_folder

# Definitions of which there is no Go module are our own: the least that a manifest of ours needs.
OWN_DEFINITIONS = Path(__file__).parent / "definitions"
_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """An API server that answers.

    Attributes:
        kubeconfig: For kubectl and Helm.
    """

    kubeconfig: Path

    def run(self, name: str, *arguments: str, check: bool = True) -> str:
        """Run kubectl or Helm against it; return what it printed, standard error included."""
        done = subprocess.run(
            [program(name), *arguments],
            env={**os.environ, "KUBECONFIG": str(self.kubeconfig)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        """Run kubectl."""
        return self.run("kubectl", *arguments, check=check)

    def get(self, what: str, namespace: str) -> list[dict[str, Any]]:
        """Return objects."""
        text = self.kubectl("get", what, "-n", namespace, "-o", "json")
        found: list[dict[str, Any]] = json.loads(text)["items"]
        return found


@contextmanager
def api_server(folder: Path) -> Iterator[Cluster]:
    """Start both; end them at the end."""
    etcd, apiserver = program("etcd"), program("kube-apiserver")
    store, peers, secure = (_free_port() for _ in range(3))
    at, between = f"http://127.0.0.1:{store}", f"http://127.0.0.1:{peers}"
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},tester,tester,"system:masters"\n')
    key = folder / "accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    with (
        _process(
            folder / "etcd.log",
            etcd,
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls={at}",
            f"--advertise-client-urls={at}",
            f"--listen-peer-urls={between}",
            f"--initial-advertise-peer-urls={between}",
            f"--initial-cluster=default={between}",
            "--unsafe-no-fsync",
        ),
        _process(
            folder / "apiserver.log",
            apiserver,
            f"--etcd-servers={at}",
            "--bind-address=127.0.0.1",
            # Nobody has to find it: and a loopback address must not be told to others.
            "--endpoint-reconciler-type=none",
            f"--secure-port={secure}",
            f"--cert-dir={folder}/certificates",
            f"--token-auth-file={folder}/tokens.csv",
            "--authorization-mode=RBAC",
            # Accounts are made by a controller, and there is none.
            "--disable-admission-plugins=ServiceAccount",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
        ) as server,
    ):
        url = f"https://127.0.0.1:{secure}"
        _await(lambda: _ready(url, token), server, folder / "apiserver.log")
        yield Cluster(_kubeconfig(folder, url, token))


def load_definitions(cluster: Cluster) -> None:
    """Give the server the operators' own definitions."""
    folder = Path(tools_folder()) / "crds"
    if not folder.is_dir():
        pytest.skip("no definitions of the operators (tools/set-up cluster)")
    # The one of both that clusters without the operator's webhook have.
    sources = [one for one in sorted(folder.iterdir()) if one.name != "prometheus-operator-full"]
    for source in (*sources, OWN_DEFINITIONS):
        cluster.kubectl("apply", "--server-side", "-f", str(source))
    cluster.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")


def _kubeconfig(folder: Path, url: str, token: str) -> Path:
    file = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(json.dumps(content))
    file.chmod(0o600)
    return file


def _ready(url: str, token: str) -> bool:
    # A certificate of the server's own making, on loopback.
    try:
        answer = requests.get(
            f"{url}/readyz",
            headers={"Authorization": f"Bearer {token}"},
            verify=False,  # noqa: S501
            timeout=2,
        )
    except requests.RequestException:
        return False
    return answer.status_code == requests.codes.ok


def _await(look: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while not look():
        assert process.poll() is None, log.read_text()[-1500:]
        assert time.monotonic() < until, log.read_text()[-1500:]
        time.sleep(0.2)


@contextmanager
def _process(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
