"""Sources with names of their own: each proves who it is, and none speaks in another's name."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.incidents.sources.proofs import basic, bearer, certificate, signature
from sothat.incidents.sources.source import Call
from sothat.runtime.secrets import Secret

from ..exporters.certificates import Authority  # noqa: TID252 – tests of one tree
from .conftest import CONFIG, Running, alert, message
from .test_configuration import problems

SECRET = "a-secret-for-tests"
TIME = "X-Grafana-Alerting-Signature-Timestamp"
SOURCES = f"""\
sources:
  grafana-east:
    type: grafana
    signature: {{secret: {{file: secrets/grafana}}, time_header: {TIME}}}
  north:
    type: alertmanager
    basic: {{user: north, password: {{file: secrets/grafana}}}}
"""


def signed(body: bytes, at: float, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {TIME: stamp, "X-Grafana-Alerting-Signature": digest}


def grafana(*alerts: Any) -> bytes:
    return json.dumps({**message(*alerts), "version": "1", "orgId": 1, "title": "x"}).encode()


@pytest.fixture
def sources(data: Path) -> Any:
    (data / "secrets/grafana").write_text(SECRET)
    (data / "incidents.yaml").write_text(CONFIG + SOURCES)
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


def test_grafana_signs_and_north_has_a_password(sources: Running) -> None:
    hooks = f"{sources.url}/api/v1/webhooks"
    body = grafana(alert(device="1"))
    now = time.time()
    accepted = requests.post(
        f"{hooks}/grafana-east", data=body, headers=signed(body, now), timeout=9
    )
    assert accepted.status_code == 200
    for headers in (
        {},
        signed(body, now, "another-secret"),
        signed(body + b" ", now),
        signed(body, now - 3600),
        {**signed(body, now), TIME: "soon"},
    ):
        refused = requests.post(f"{hooks}/grafana-east", data=body, headers=headers, timeout=9)
        assert refused.status_code == 401
    north = json.dumps(message(alert(device="1"))).encode()
    assert (
        requests.post(f"{hooks}/north", data=north, auth=("north", "x"), timeout=9).status_code
        == 401
    )
    answer = requests.post(f"{hooks}/north", data=north, auth=("north", SECRET), timeout=9)
    assert answer.json()["outcome"] == "accepted"
    assert sources.post(message(alert(device="1"))).json()["outcome"] == "accepted"
    found = sources.sql("SELECT source, count(*) FROM alert GROUP BY source ORDER BY source")
    assert found == [("alertmanager", 1), ("grafana-east", 1), ("north", 1)]
    assert requests.post(f"{hooks}/south", data=north, timeout=9).status_code == 404
    wrong = requests.post(f"{hooks}/north", data=body, auth=("north", SECRET), timeout=9)
    assert wrong.status_code == 400


def test_the_proofs() -> None:
    call = Call({b"authorization": b"Bearer t"}, b"", 0, ("a.example",))
    assert bearer(Secret("t"))(call)
    assert not bearer(Secret("u"))(call)
    assert not basic("u", Secret("p"))(call)
    assert not basic("u", Secret("p"))(Call({b"authorization": b"Basic ???"}, b"", 0))
    assert basic("u", Secret("p"))(Call({b"authorization": b"basic dTpw"}, b"", 0))
    assert certificate(("a.example", "b"))(call)
    assert not certificate(("b",))(call)
    plain = hmac.new(b"k", b"body", hashlib.sha256).hexdigest().encode()
    assert signature(Secret("k"), "X-S", "", 1)(Call({b"x-s": plain}, b"body", 0))
    assert not signature(Secret("k"), "X-S", "", 1)(Call({}, b"body", 0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources: {x: {type: grafana}}\n", "proves nothing"),
        ("sources: {alertmanager: {type: grafana, certificate: [a]}}\n", "section 'webhook'"),
        ("sources: {x: {type: pager, certificate: [a]}}\n", "must be one of"),
        ("sources: {x: {type: grafana, signature: {secret: {file: no}}}}\n", "cannot be read"),
    ],
)
def test_a_wrong_source_is_named(data: Path, text: str, words: str) -> None:
    (data / "incidents.yaml").write_text(CONFIG + text)
    (found,) = problems(data)
    assert words in found


def test_a_client_certificate_proves_by_its_name(data: Path) -> None:
    authority = Authority(data)
    own = authority.issue("server", "127.0.0.1")
    known, strange = authority.issue("known", "north.example"), authority.issue("strange", "x.y")
    (data / "web.yml").write_text(
        f"tls_server_config: {{cert_file: {own[0]}, key_file: {own[1]}, "
        f"client_ca_file: {authority.file}, client_auth_type: VerifyClientCertIfGiven}}\n"
    )
    source = "sources: {north: {type: alertmanager, certificate: [north.example]}}\n"
    (data / "incidents.yaml").write_text(f"{CONFIG}{source}web_config_file: web.yml\n")
    running = Running(data)
    running.start()
    url = running.url.replace("http:", "https:") + "/api/v1/webhooks/north"

    def post(shown: tuple[Path, Path] | None) -> int:
        names = tuple(map(str, shown)) if shown else None
        body = json.dumps(message(alert()))
        trusted = str(authority.file)
        return requests.post(url, data=body, cert=names, verify=trusted, timeout=9).status_code

    assert (post(known), post(strange), post(None)) == (200, 401, 401)
    assert running.stop() == 0
