"""Prometheus itself scrapes it, through TLS and a password, and agrees on the web configuration."""

import json
import os
import shutil
import subprocess
import urllib.parse
import urllib.request

import bcrypt
import pytest

from .certificates import Authority

HASH = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
USERS = f"basic_auth_users:\n  me: {HASH}\n"
SCRAPES = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: exporter
    scheme: https
    tls_config: {{ca_file: {ca}}}
    basic_auth: {{username: me, password: right}}
    static_configs: [{{targets: ["{target}"]}}]
"""


def tool(name):
    found = shutil.which(name, path=os.environ.get("SOTHAT_TOOLS", "") + ":" + os.environ["PATH"])
    assert found, f"{name} is missing: install the package prometheus"
    return found


@pytest.fixture
def prometheus(tmp_path, free_port):
    running = []

    def start(text):
        config = tmp_path / "prometheus.yaml"
        config.write_text(text)
        address = f"127.0.0.1:{free_port}"
        arguments = [
            tool("prometheus"),
            f"--config.file={config}",
            f"--web.listen-address={address}",
        ]
        arguments.append(f"--storage.tsdb.path={tmp_path / 'tsdb'}")
        log = (tmp_path / "prometheus.log").open("wb")
        with log:
            running.append(subprocess.Popen(arguments, stdout=log, stderr=log))
        return f"http://{address}"

    yield start
    for process in running:
        process.kill()
        process.wait(20)


def ask(url, query):
    parameters = urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?{parameters}", timeout=10) as answer:
            result = json.load(answer)["data"]["result"]
    except OSError:
        return None  # it is not up yet
    return float(result[0]["value"][1]) if result else None


@pytest.mark.real
def test_it_is_scraped_through_tls_with_a_password(sothat, prometheus, tmp_path, until):
    authority = Authority(tmp_path)
    authority.issue("server")
    (tmp_path / "web.yaml").write_text(TLS + USERS)
    (tmp_path / "x.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n  - {type: host, interval: 1s}\n"
    )
    arguments = ("--config", "x.yaml", "--listen", "127.0.0.1:0", "--web.config.file", "web.yaml")
    process = sothat("export", *arguments)
    target = process.url.removeprefix("http://")
    url = prometheus(SCRAPES.format(ca=authority.file, target=target))
    until(lambda: ask(url, "up") == 1, seconds=60)
    until(lambda: ask(url, "host_memory_total_bytes"), seconds=60)
    stored = 'count({job="exporter",__name__!~"up|scrape_.+"})'
    until(lambda: ask(url, "scrape_samples_scraped") == ask(url, stored), seconds=60)

    (tmp_path / "web.yaml").write_text(TLS + USERS.replace("me:", "somebody-else:"))
    until(lambda: ask(url, "up") == 0, seconds=60)
    (tmp_path / "web.yaml").write_text(TLS + USERS)
    until(lambda: ask(url, "up") == 1, seconds=60)


@pytest.mark.parametrize(
    "text",
    [
        TLS + USERS,
        TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n",
        TLS + "  min_version: TLS13\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n",
        "http_server_config:\n  http2: false\n  headers: {X-Frame-Options: deny}\n",
    ],
)
def test_promtool_agrees_on_what_is_right(sothat, tmp_path, text):
    Authority(tmp_path).issue("server")
    (tmp_path / "x.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n  - type: host\n"
    )
    (tmp_path / "web.yaml").write_text(text)
    theirs = subprocess.run(
        [tool("promtool"), "check", "web-config", "web.yaml"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    arguments = ("--config", "x.yaml", "--web.config.file", "web.yaml", "--check")
    ours = sothat("export", *arguments)
    assert (theirs.returncode, ours.process.wait(20)) == (0, 0), (theirs.stderr, ours.log)
