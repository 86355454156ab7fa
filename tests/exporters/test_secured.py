"""TLS and passwords as exporter-toolkit has them, changed while the exporter runs."""

import base64
import ssl
import urllib.request
from urllib.error import HTTPError, URLError

import bcrypt
import pytest

from .certificates import Authority

CONFIG = "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n  - {type: host, interval: 1h}\n"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
HASH = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()


@pytest.fixture
def secured(sothat, tmp_path):
    """Start an exporter with a web configuration."""

    def start(text):
        (tmp_path / "x.yaml").write_text(CONFIG)
        (tmp_path / "web.yaml").write_text(text)
        arguments = ("--config", "x.yaml", "--listen", "127.0.0.1:0")
        return sothat("export", *arguments, "--web.config.file", "web.yaml")

    return start


def ask(process, trusted=None, client=None, password=None):
    """Return status and headers of an answer."""
    url = process.url
    context = None
    if trusted:
        url = url.replace("http:", "https:")
        context = ssl.create_default_context(cafile=trusted)
        if client:
            context.load_cert_chain(*client)
    request = urllib.request.Request(url + "/-/healthy")
    if password is not None:
        token = base64.b64encode(f"me:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, answer.headers
    except HTTPError as error:
        with error:
            return error.code, error.headers


def test_users(secured, tmp_path, until):
    headers = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n"
    process = secured(f"basic_auth_users:\n  me: {HASH}\n{headers}")
    status, found = ask(process)
    assert status == 401
    assert found["WWW-Authenticate"].startswith("Basic ")
    assert found["X-Frame-Options"] == "deny"
    assert ask(process, password="wrong")[0] == 401
    assert [ask(process, password="right")[0] for _ in range(2)] == [200, 200]
    (tmp_path / "web.yaml").write_text("basic_auth_users: broken")
    assert ask(process, password="right")[0] == 500
    (tmp_path / "web.yaml").write_text("{}")
    assert ask(process)[0] == 200
    assert "right" not in process.log
    assert HASH not in process.log


def test_tls_is_that_of_the_moment(secured, tmp_path):
    first, second = Authority(tmp_path, "first"), Authority(tmp_path, "second")
    first.issue("server")
    process = secured(TLS)
    assert ask(process, first.file)[0] == 200
    with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(process, second.file)
    second.issue("server")
    assert ask(process, second.file)[0] == 200
    with pytest.raises((URLError, ConnectionError)):
        ask(process)

    known = second.issue("prometheus", "prometheus.example")
    other = second.issue("other", "other.example")
    (tmp_path / "web.yaml").write_text(
        TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: second.crt\n"
        "  client_allowed_sans: [prometheus.example]\n"
    )
    assert ask(process, second.file, known)[0] == 200
    for client in (None, other):
        with pytest.raises((URLError, ConnectionError, OSError)):
            ask(process, second.file, client)
    (tmp_path / "web.yaml").write_text("{}")
    assert ask(process)[0] == 200
    assert process.stop() == 0


def test_a_web_configuration_that_cannot_be_used_is_refused_at_the_start(secured, tmp_path):
    process = secured(TLS)
    assert process.process.wait(20) == 2
    assert "[unusable-certificate]" in process.log
    process = secured("basic_auth_users:\n  me: hunter2\n")
    assert process.process.wait(20) == 2
    assert "web.yaml:2:7: error: a password must be given as its bcrypt hash" in process.log
    assert "hunter2" not in process.log.replace("me: hunter2", "")
