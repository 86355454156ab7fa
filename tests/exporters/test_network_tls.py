"""Certificates: which one expires when, who vouches for it, and servers that show odd ones."""

import ssl
import time

import pytest
from sothat.exporters.network.certificates import read_certificate
from sothat.model.problem import Unusable

from .strangers import certified, drip, flood, opened, probed, serving, silence


@pytest.fixture
def chain(tmp_path):
    """A root that is trusted, an authority below it, and what that one signs."""
    root = certified("root", ca=True, days=300)
    middle = certified("middle", root, ca=True, days=60)
    (tmp_path / "ca.pem").write_bytes(root.pem)
    return root, middle


def ends(signer):
    return signer.cert.not_valid_after_utc.timestamp()


TRUSTING = "tls: {ca_file: ca.pem, server_name: a.example"


def seen_at(stranger, folder, context, tls=f"{TRUSTING}}}"):
    server = stranger(silence, context)
    return probed(opened("tls", tls, folder), server.address)


def expiries(seen, chain):
    name = "tls_certificate_expiry_timestamp_seconds"
    rows = [(key, value) for key, value in seen.values.items() if key[:2] == (name, chain)]
    # Labels come in the order of their names: chain, issuer, position, serial, subject.
    return {int(key[3]): (key[5], value) for key, value in rows}


def test_a_chain_of_three(stranger, tmp_path, chain):
    root, middle = chain
    leaf = certified("a", middle, sans=("a.example",), days=90)
    seen = seen_at(stranger, tmp_path, serving(tmp_path, leaf, middle))
    assert seen.reason == ""
    assert seen["tls_verified"] == 1
    assert seen["tls_leaf_expiry_timestamp_seconds"] == ends(leaf)
    assert seen["tls_chain_expiry_timestamp_seconds"] == ends(middle)
    assert seen["ssl_last_chain_expiry_timestamp_seconds"] == ends(middle)
    assert seen["ssl_earliest_cert_expiry"] == ends(middle)
    assert expiries(seen, "presented") == {0: ("CN=a", ends(leaf)), 1: ("CN=middle", ends(middle))}
    assert expiries(seen, "used") == {
        0: ("CN=a", ends(leaf)),
        1: ("CN=middle", ends(middle)),
        2: ("CN=root", ends(root)),
    }
    assert ("tls_version_info", "TLS 1.3") in seen
    info = next(key for key in seen.values if key[0] == "ssl_last_chain_info")
    assert len(info[1]) == 64
    assert "a.example" in info


def test_a_certificate_that_nobody_needs_has_expired(stranger, tmp_path, chain):
    _, middle = chain
    leaf = certified("a", middle, sans=("a.example",), days=90)
    needless = certified("old cross-signer", ca=True, days=-5)
    seen = seen_at(stranger, tmp_path, serving(tmp_path, leaf, middle, needless))
    assert seen.reason == ""
    assert seen["ssl_earliest_cert_expiry"] == ends(needless)
    assert seen["tls_chain_expiry_timestamp_seconds"] == ends(middle)
    assert expiries(seen, "presented")[2] == ("CN=old cross-signer", ends(needless))


def test_a_chain_of_a_hundred_is_told_in_part(stranger, tmp_path, chain):
    _, middle = chain
    leaf = certified("a", middle, sans=("a.example",), days=90)
    needless = [certified(f"c{number}", ca=True) for number in range(99)]
    seen = seen_at(stranger, tmp_path, serving(tmp_path, leaf, middle, *needless))
    assert seen.reason == ""
    assert len(expiries(seen, "presented")) == 16
    assert len(expiries(seen, "used")) == 3
    # One that has no end: each is signed by the next.
    signers = [middle]
    for number in range(100):
        signers.append(certified(f"d{number}", signers[-1], ca=True))
    leaf = certified("a", signers[-1], sans=("a.example",))
    seen = seen_at(stranger, tmp_path, serving(tmp_path, leaf, *reversed(signers[1:])))
    assert seen.reason == "certificate"
    assert len(expiries(seen, "presented")) == 16


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda middle: certified("a", middle, sans=("a.example",), days=-1), "expired"),
        (lambda _: certified("a", sans=("a.example",)), "self-signed"),
        (lambda middle: certified("a", middle, sans=("b.example",)), "match"),
        (lambda _: certified("a", certified("stranger", ca=True), sans=("a.example",)), "issuer"),
    ],
)
def test_what_fails_verification_is_told_all_the_same(stranger, tmp_path, chain, made, said):
    _, middle = chain
    leaf = made(middle)
    context = serving(tmp_path, leaf, middle)
    seen = seen_at(stranger, tmp_path, context)
    assert seen.reason == "certificate"
    assert said in seen.message.replace("self signed", "self-signed")
    assert seen["tls_verified"] == 0
    assert seen["tls_leaf_expiry_timestamp_seconds"] == ends(leaf)
    assert "tls_chain_expiry_timestamp_seconds" not in seen
    assert expiries(seen, "used") == {}
    reported = seen_at(stranger, tmp_path, context, f"{TRUSTING}, verify: report}}")
    assert (reported.reason, reported["tls_verified"]) == ("", 0)
    off = seen_at(stranger, tmp_path, context, f"{TRUSTING}, verify: 'off'}}")
    assert off.reason == ""
    assert "tls_verified" not in off
    assert off["tls_leaf_expiry_timestamp_seconds"] == ends(leaf)


def test_names_that_are_no_utf8_are_told_as_such(stranger, tmp_path):
    leaf = certified("XXXX", sans=("YYYY.example",))
    der = leaf.cert.public_bytes(ssl_der()).replace(b"YYYY.example", b"\xff\xfeYY.example")
    pem = ssl.DER_cert_to_PEM_cert(der).encode()
    context = serving(tmp_path, leaf, pem=pem)
    seen = seen_at(stranger, tmp_path, context, "tls: {verify: 'off'}")
    assert seen.reason == ""
    assert expiries(seen, "presented") == {0: ("CN=XXXX", ends(leaf))}
    # OpenSSL takes none with such a subject; whoever does find one has its date.
    read = read_certificate(der.replace(b"XXXX", b"\xff\xfeX\x80"))
    assert (read.labels["subject"], read.expires) == ("unreadable", ends(leaf))
    assert read.info["subjectalternative"] == "unreadable"


def ssl_der():
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return Encoding.DER


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.filterwarnings("ignore:The parsed certificate")
def test_what_is_no_certificate():
    assert read_certificate(b"\x30\x03junk").expires is None
    der = certified("a").cert.public_bytes(ssl_der())
    for number in range(0, len(der), 7):
        read_certificate(der[:number] + b"\xff" + der[number + 1 :])


def test_a_client_certificate_is_shown_to_the_target_alone(stranger, tmp_path, chain):
    root, middle = chain
    leaf = certified("a", middle, sans=("a.example",))
    context = serving(tmp_path, leaf, middle)
    (tmp_path / "server.pem").rename(tmp_path / "kept.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(tmp_path / "ca.pem")
    client = certified("client", root)
    serving(tmp_path, client)
    shown = []

    def look(conn):
        shown.append(conn.getpeercert(binary_form=True))
        conn.sendall(b"hello\r\n")
        conn.recv(1)

    server = stranger(look, context)
    certs = "cert_file: server.pem, key_file: server.key"
    dialogue = "secure: true, targets: ['.*'], dialogue: [{expect: hello}]"
    seen = probed(opened("tcp", f"{dialogue}, {TRUSTING}, {certs}}}", tmp_path), server.address)
    assert seen.reason == ""
    assert shown.pop(0)
    # To one that nobody vouches for, it is not, unless that is asked for.
    seen = probed(opened("tcp", f"{dialogue}, tls: {{{certs}}}", tmp_path), server.address)
    assert seen.reason == "certificate"
    assert seen["tls_leaf_expiry_timestamp_seconds"] == ends(leaf)
    assert not any(shown)
    with pytest.raises(Unusable) as caught:
        opened("tls", f"tls: {{{certs}}}", tmp_path)
    assert caught.value.problems[0].code == "unrestricted-targets"


@pytest.mark.parametrize(
    ("tls", "code"),
    [
        ("ca_file: nothing.pem", "unreadable-file"),
        ("ca_file: junk.pem", "unusable-certificate"),
        ("key_file: junk.pem", "missing-key"),
        ("cert_file: junk.pem", "unusable-certificate"),
    ],
)
def test_files_that_cannot_be_used_are_found_at_the_start(tmp_path, tls, code):
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(Unusable) as caught:
        opened("tls", f"targets: [x], tls: {{{tls}}}", tmp_path)
    assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize(
    ("behave", "reasons"),
    [
        (silence, {"timeout"}),
        (lambda conn: drip(conn, b"\x16\x03\x03\x40\x00"), {"timeout", "tls"}),
        (flood(b"", b"\x16\x03\x03\x40\x00" + b"\0" * 16384), {"tls", "reset", "timeout"}),
        (lambda conn: conn.sendall(b"HTTP/1.1 400 No\r\n\r\n"), {"tls", "reset"}),
        (lambda _: None, {"reset", "tls"}),
    ],
)
def test_whoever_does_not_play_along_costs_a_deadline_at_most(stranger, behave, reasons):
    start = time.monotonic()
    seconds = 1.5 if "timeout" in reasons else 60.0
    seen = probed(opened("tls"), stranger(behave).address, seconds)
    assert seen.reason in reasons
    assert time.monotonic() - start < 60


def test_a_handshake_that_never_comes_back_is_cut_off(stranger):
    """OpenSSL skips requests for a hello as long as there are any, and looks at no clock."""
    requests = b"\x16\x03\x03\x40\x00" + b"\0" * 16384
    start = time.monotonic()
    seen = probed(
        opened("tls"), stranger(lambda conn: conn.sendall(requests * 20_000)).address, 1.5
    )
    assert seen.reason == "timeout"
    assert time.monotonic() - start < 10


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_an_old_version_is_told_where_it_is_allowed(stranger, tmp_path):
    context = serving(tmp_path, certified("a", sans=("a.example",)))
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    seen = seen_at(stranger, tmp_path, context, "tls: {verify: report, min_version: any}")
    assert ("tls_version_info", "TLS 1.1") in seen
    seen = seen_at(stranger, tmp_path, context, "tls: {verify: report, min_version: TLS 1.3}")
    assert seen.reason == "tls"
