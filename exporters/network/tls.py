"""TLS for probes: what is verified is told, what fails verification is looked at all the same."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.exporters.handshake import shake_hands
from sothat.exporters.network.certificates import Certificate, read_certificate
from sothat.exporters.network.credentials import insist_on_targets
from sothat.exporters.network.findings import Findings, left
from sothat.exporters.network.line import Line
from sothat.exporters.source import Context, PollFailed, Settings

_VERSIONS = {
    "any": ssl.TLSVersion.MINIMUM_SUPPORTED,
    "TLS 1.2": ssl.TLSVersion.TLSv1_2,
    "TLS 1.3": ssl.TLSVersion.TLSv1_3,
}
_MOST_CERTIFICATES = 16
_DER = 2  # _ssl.ENCODING_DER

TLS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "How to use TLS.",
    "properties": {
        "verify": {"enum": ["required", "report", "off"], "default": "required"},
        "server_name": {"type": "string", "minLength": 1},
        "ca_file": {"type": "string", "minLength": 1},
        "cert_file": {"type": "string", "minLength": 1},
        "key_file": {"type": "string", "minLength": 1},
        "min_version": {"enum": sorted(_VERSIONS), "default": "TLS 1.2"},
    },
}


@dataclass(frozen=True, slots=True)
class Contexts:
    """The same with and without verification."""

    strict: ssl.SSLContext
    lenient: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Policy:
    """How a module uses TLS.

    Attributes:
        verify: required, report (fails nothing) or off.
        server_name: The name to ask for and to verify; empty: the target's.
        own: For the target: with the client's certificate, where there is one.
        bare: Without it.
    """

    verify: str
    server_name: str
    own: Contexts
    bare: Contexts

    def for_others(self) -> "Policy":
        """Return the policy for servers that the target only refers to."""
        return Policy(self.verify, "", self.bare, self.bare)


def open_policy(settings: Settings, context: Context) -> Policy:
    """Return what the setting ``tls`` says.

    Raises:
        Unusable: A file it names cannot be used.
    """
    values = settings.values.get("tls", {})
    own = Settings(settings.document, [*settings.path, "tls"])
    insist_on_targets(settings, "tls" if "cert_file" in values else "")
    bare = with_certificate = _contexts(own, context, values)
    if "cert_file" in values:
        with_certificate = _contexts(own, context, values)
        for made in (with_certificate.strict, with_certificate.lenient):
            _present(own, context, values, made)
    elif "key_file" in values:
        raise own.unusable("missing-key", "'key_file' needs 'cert_file'", "key_file")
    verify, name = values.get("verify", "required"), values.get("server_name", "")
    return Policy(verify, name, with_certificate, bare)


def _contexts(own: Settings, context: Context, values: Mapping[str, Any]) -> Contexts:
    strict, lenient = _context(values), _context(values)
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    if "ca_file" in values:
        file = own.file("ca_file", context)
        _loaded(own, "ca_file", lambda: strict.load_verify_locations(file))
    else:
        strict.load_default_certs()
    return Contexts(strict, lenient)


def _context(values: Mapping[str, Any]) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = _VERSIONS[values.get("min_version", "TLS 1.2")]
    if values.get("min_version") == "any":
        # What old versions sign with, OpenSSL takes at this level only.
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
    return made


def _present(
    own: Settings, context: Context, values: Mapping[str, Any], made: ssl.SSLContext
) -> None:
    """Give a context the client's certificate."""
    cert = own.file("cert_file", context)
    key = own.file("key_file", context) if "key_file" in values else None
    # An encrypted key must not ask for its password at the terminal.
    _loaded(own, "cert_file", lambda: made.load_cert_chain(cert, key, password=""))


def _loaded(own: Settings, setting: str, load: Callable[[], None]) -> None:
    try:
        load()
    except (OSError, ValueError) as error:
        message = f"no usable certificate: {error}"
        raise own.unusable("unusable-certificate", message, setting) from error


def secure(
    policy: Policy, line: Line, name: str, again: Callable[[], Line], findings: Findings
) -> None:
    """Begin TLS on a connection.

    A server that fails verification is connected to once more without, to read its certificates:
    that one has expired is no reason not to say when. It is sent nothing, unless the policy says
    that failing is no failure.

    Args:
        policy: How.
        line: Connected, and where TLS begins next.
        name: The target's host.
        again: Makes another such connection.
        findings: Takes what was seen.

    Raises:
        PollFailed: It fails verification, and must not.
        OSError: There is no TLS connection.
    """
    name = policy.server_name or name
    if policy.verify == "off":
        _wrap(policy.own.lenient, line, name)
    else:
        try:
            _wrap(policy.own.strict, line, name)
        except ssl.SSLCertVerificationError as error:
            findings.add("probe_tls_verified", 0)
            failure = PollFailed("certificate", error.verify_message or str(error))
            _look_again(policy, line, name, again, findings, failure)
            return
        findings.add("probe_tls_verified", 1)
    _look_at(line, findings, verified=policy.verify != "off")


def _look_again(
    policy: Policy,
    line: Line,
    name: str,
    again: Callable[[], Line],
    findings: Findings,
    failure: PollFailed,
) -> None:
    # A server that nobody vouches for is shown the client's certificate only if that was wanted.
    contexts = policy.bare if policy.verify == "required" else policy.own
    line.close()
    try:
        line.sock = again().sock
        _wrap(contexts.lenient, line, name)
    except (OSError, PollFailed) as error:
        raise failure from error
    _look_at(line, findings, verified=False)
    if policy.verify == "required":
        raise failure


def _wrap(context: ssl.SSLContext, line: Line, name: str) -> None:
    line.sock.settimeout(left(line.deadline))
    try:
        sock = context.wrap_socket(line.sock, server_hostname=name, do_handshake_on_connect=False)
    except ValueError as error:
        # An error of TLS is one of these as well.
        if isinstance(error, ssl.SSLError):
            raise
        raise PollFailed("target", f"not a name for TLS: {error}") from error
    line.sock = sock
    try:
        shake_hands(sock, left(line.deadline))
    except OSError:
        left(line.deadline)  # whatever it says then, the time was up
        raise


def _look_at(line: Line, findings: Findings, *, verified: bool) -> None:
    sock = line.sock
    assert isinstance(sock, ssl.SSLSocket)  # noqa: S101 – for the type checker
    findings.add("probe_tls_version_info", 1, {"version": _version(sock)})
    cipher = sock.cipher()
    if cipher:
        findings.add("probe_tls_cipher_info", 1, {"cipher": cipher[0]})
    # Without verification OpenSSL has a chain as well: as far as it got.
    used = _chain(sock, "verified") if verified else ()
    _describe(_chain(sock, "unverified"), used, findings)


def _version(sock: ssl.SSLSocket) -> str:
    """Return the version as Go, and so blackbox_exporter, names it."""
    version = (sock.version() or "").replace("TLSv1", "TLS 1")
    return "TLS 1.0" if version == "TLS 1" else version


def _chain(sock: ssl.SSLSocket, kind: str) -> Sequence[Certificate]:
    """Return a chain of certificates, the server's own first."""
    public = getattr(sock, f"get_{kind}_chain", None)
    if public:
        return [read_certificate(der) for der in public()[:_MOST_CERTIFICATES]]
    # Python 3.11 and 3.12 have it, but not by a public name; pip's truststore uses it as well.
    inner = getattr(sock, "_sslobj")  # noqa: B009
    found = getattr(inner, f"get_{kind}_chain")() or ()
    return [read_certificate(one.public_bytes(_DER)) for one in found[:_MOST_CERTIFICATES]]


def _describe(
    presented: Sequence[Certificate], used: Sequence[Certificate], findings: Findings
) -> None:
    for chain, certificates in (("presented", presented), ("used", used)):
        for position, certificate in enumerate(certificates):
            if certificate.expires is not None:
                labels = {"chain": chain, "position": str(position), **certificate.labels}
                name = "probe_tls_certificate_expiry_timestamp_seconds"
                findings.add(name, certificate.expires, labels)
    _earliest(presented, ["probe_ssl_earliest_cert_expiry"], findings)
    _earliest(presented[:1], ["probe_tls_leaf_expiry_timestamp_seconds"], findings)
    names = [
        "probe_tls_chain_expiry_timestamp_seconds",
        "probe_ssl_last_chain_expiry_timestamp_seconds",
    ]
    _earliest(used, names, findings)
    for certificate in used[:1]:
        findings.add("probe_ssl_last_chain_info", 1, certificate.info)


def _earliest(
    certificates: Sequence[Certificate], names: Sequence[str], findings: Findings
) -> None:
    known = [one.expires for one in certificates if one.expires is not None]
    if known:
        for name in names:
            findings.add(name, min(known))
