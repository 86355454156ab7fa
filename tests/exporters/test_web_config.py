"""The web configuration of exporter-toolkit is read strictly; what cannot be kept is refused."""

import os
import ssl

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.problem import Unusable
from sothat.runtime.live_web_config import LiveWebConfig
from sothat.runtime.tls import admits, context_of
from sothat.runtime.web_access import Bucket, Users, credentials
from sothat.runtime.web_config import RateLimit, load_web_config

from .certificates import Authority

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
HEADERS = "http_server_config:\n  headers:\n"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"


def load(tmp_path, text):
    file = tmp_path / "web.yaml"
    file.write_text(text)
    return load_web_config(file)


def refused(tmp_path, text):
    with pytest.raises(Unusable) as caught:
        load(tmp_path, text)
    return [(p.code, p.position.line) for p in caught.value.problems]


def test_the_sample_of_the_toolkit(tmp_path):
    text = TLS + (
        f'basic_auth_users:\n  alice: {HASH}\nrate_limit:\n  interval: "1s"\n  burst: 20\n'
    )
    config = load(tmp_path, text)
    assert config.users == {"alice": HASH}
    assert config.rate_limit == RateLimit(1, 20)
    assert config.tls.min_version == "TLS12"
    assert [*config.files] == [tmp_path / "server.crt", tmp_path / "server.key"]


def test_an_empty_file_is_one_that_is_being_written(tmp_path):
    assert refused(tmp_path, "") == [("not-one-document", 1)]
    assert load(tmp_path, "{}").users is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls_server_config:\n  cert_file: a\n", [("missing-key", 1)]),
        (TLS + "  cert: text\n", [("missing-key", 1)]),
        (TLS + "  client_auth_type: RequireAnyClientCert\n", [("unsupported-setting", 4)]),
        (TLS + "  curve_preferences: [X25519]\n", [("unsupported-setting", 4)]),
        (TLS + "  client_ca_file: ca.crt\n", [("bad-value", 1)]),
        (TLS + "  client_allowed_sans: [a]\n", [("bad-value", 4)]),
        (TLS + "  min_version: TLS13\n  max_version: TLS12\n", [("out-of-range", 4)]),
        (TLS + "  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n", [("unknown-value", 4)]),
        ("basic_auth_users:\n  me: hunter2\n", [("bad-format", 2)]),
        ("basic_auth_user:\n  me: x\n", [("unknown-key", 1)]),
        (HEADERS + '    X-Frame-Options: "a\\r\\nb: c"\n', [("bad-format", 3)]),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, text, expected):
    assert refused(tmp_path, text) == expected


def test_a_password_in_the_text_is_not_repeated(tmp_path):
    with pytest.raises(Unusable) as caught:
        load(tmp_path, "basic_auth_users:\n  me: hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_a_context_has_versions_ciphers_and_clients_as_configured(tmp_path):
    authority = Authority(tmp_path)
    authority.issue("server")
    text = TLS + (
        "  client_ca_file: authority.crt\n  client_auth_type: RequireAndVerifyClientCert\n"
        "  min_version: TLS12\n  max_version: TLS12\n"
        "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
    )
    context = context_of(load(tmp_path, text).tls)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version == context.maximum_version == ssl.TLSVersion.TLSv1_2
    assert "ECDHE-ECDSA-AES256-GCM-SHA384" in {c["name"] for c in context.get_ciphers()}
    assert "ECDHE-ECDSA-AES128-GCM-SHA256" not in {c["name"] for c in context.get_ciphers()}


def test_certificates_as_text(tmp_path):
    files = Authority(tmp_path).issue("server")
    texts = [file.read_text().replace("\n", "\n    ") for file in files]
    text = f"tls_server_config:\n  cert: |\n    {texts[0]}\n  key: |\n    {texts[1]}\n"
    assert context_of(load(tmp_path, text).tls)


def test_a_key_of_another_certificate_is_refused(tmp_path):
    authority = Authority(tmp_path)
    _, key = authority.issue("server")
    key.write_bytes(authority.issue("other")[1].read_bytes())
    with pytest.raises(Unusable) as caught:
        context_of(load(tmp_path, TLS).tls)
    assert caught.value.problems[0].code == "unusable-certificate"


def test_a_pipe_in_place_of_a_certificate_is_refused_at_once(tmp_path):
    Authority(tmp_path).issue("server")
    (tmp_path / "web.yaml").write_text(TLS)
    for name in ("server.crt", "server.key"):
        (tmp_path / name).rename(tmp_path / "aside")
        os.mkfifo(tmp_path / name)
        with pytest.raises(Unusable, match="not a regular file"):
            LiveWebConfig(tmp_path / "web.yaml")
        (tmp_path / "aside").replace(tmp_path / name)
    assert LiveWebConfig(tmp_path / "web.yaml").secured()


def test_clients_need_one_of_the_allowed_names(tmp_path):
    tls = load(
        tmp_path,
        TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
        '  client_allowed_sans: [prometheus.example, "::1"]\n',
    ).tls
    assert admits(tls, {"subjectAltName": (("DNS", "prometheus.example"),)})
    assert admits(tls, {"subjectAltName": (("IP Address", "0:0:0:0:0:0:0:1"),)})
    assert not admits(tls, {"subjectAltName": (("DNS", "other.example"),)})
    assert not admits(tls, None)


def test_a_changed_file_is_read_again_and_a_broken_one_opens_no_door(tmp_path, caplog):
    file = tmp_path / "web.yaml"
    file.write_text(f"basic_auth_users:\n  me: {HASH}\n")
    live = LiveWebConfig(file)
    assert live.now() is live.now()
    file.write_text("basic_auth_users: broken\n")
    for _ in range(2):
        with pytest.raises(Unusable):
            live.now()
    assert len(caplog.records) == 1
    file.write_text("{}")
    assert live.now().users is None
    assert live.secured() is None


def test_a_changed_certificate_is_read_again(tmp_path):
    authority = Authority(tmp_path)
    authority.issue("server")
    (tmp_path / "web.yaml").write_text(TLS)
    live = LiveWebConfig(tmp_path / "web.yaml")
    before = live.secured()
    assert live.secured() is before
    authority.issue("server")
    assert live.secured() is not before


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Basic bWU6cGFzczp3b3Jk", ("me", b"pass:word")),
        (b"basic bWU6", ("me", b"")),
        (b"Basic bWU=", None),
        (b"Basic ###", None),
        (b"Bearer bWU6", None),
        (b"", None),
    ],
)
def test_credentials(header, expected):
    assert credentials(header) == expected


@given(st.binary())
def test_any_header_is_credentials_or_none(header):
    found = credentials(header)
    assert found is None or isinstance(found[0], str)


def test_answers_are_kept_for_as_long_as_the_hash_is_the_same():
    users, hashed = Users(), bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    known = {"me": hashed}
    assert users.known(known, "me", b"right") is None
    assert users.check(known, "me", b"right")
    assert not users.check(known, "me", b"wrong")
    assert not users.check(known, "nobody", b"right")
    assert users.known(known, "me", b"right") is True
    assert users.known(known, "nobody", b"right") is False
    other = {"me": bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()}
    assert users.known(other, "me", b"right") is None


def test_the_bucket_fills_with_time():
    now = [0.0]
    bucket, limit = Bucket(lambda: now[0]), RateLimit(1.0, 3)
    assert [bucket.take(limit) for _ in range(4)] == [True, True, True, False]
    now[0] += 1
    assert [bucket.take(limit) for _ in range(2)] == [True, False]
