"""What the tests of network probes share: servers that misbehave, certificates, and one probe."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.network.collector import COLLECTOR
from sothat.exporters.service import installed_types
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.runtime.documents import parse_document

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


class Stranger:
    """A TCP server that does the same to each who connects, in a thread each."""

    def __init__(self, behave: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None):
        self._behave = behave
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.met = 0
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.address}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self._listener.accept()
                self.met += 1
                self._open.append(conn)
                threading.Thread(target=self._meet, args=(conn,), daemon=True).start()

    def _meet(self, conn: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(conn)
            if self._tls:
                conn = stack.enter_context(self._tls.wrap_socket(conn, server_side=True))
                self._open.append(conn)
            self._behave(conn)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._open:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)


def drip(conn: socket.socket, head: bytes = b"") -> None:
    """One byte a tenth of a second, for ever."""
    conn.sendall(head)
    pause = threading.Event()
    while True:
        conn.sendall(b"x")
        pause.wait(0.1)


def silence(conn: socket.socket) -> None:
    while conn.recv(65536):
        pass


def flood(head: bytes, part: bytes) -> Callable[[socket.socket], None]:
    """The same for ever, as fast as it goes."""

    def behave(conn: socket.socket) -> None:
        conn.sendall(head)
        while True:
            conn.sendall(part)

    return behave


@dataclass
class Seen:
    """What one probe brought."""

    values: dict[tuple[str, ...], float]
    reason: str
    message: str
    notes: list[str]

    def __getitem__(self, key: str | tuple[str, ...]) -> float:
        return self.values[(key,) if isinstance(key, str) else key]

    def __contains__(self, key: str | tuple[str, ...]) -> bool:
        return ((key,) if isinstance(key, str) else key) in self.values


def opened(kind: str, settings: str = "", folder: Path = Path(), **environment: str):
    """Return the probe of a module."""
    types = installed_types()
    document = parse_document(f"{{type: {kind}, {settings}}}", "x.yaml")
    context = Context(kind, folder, environment, SystemClock())
    return types.probers[kind].open(Settings(document, ()), context)


def probed(probe, target: str, seconds: float = 20.0) -> Seen:
    """Return what a probe finds, screened as the runtime does it."""
    clock = SystemClock()
    samples, notes, reason, message = [], [], "", ""
    try:
        deadline = Deadline(clock.monotonic() + seconds, clock)
        for sample in probe.probe(target, deadline, _noting(notes)):
            samples.append(sample)  # noqa: PERF402 – what came before a failure counts
    except PollFailed as error:
        reason, message = error.reason, str(error)
    screened = Screen(probe.contract).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    values = {_key(s.name, s.labels): s.value for s in screened.samples}
    assert (("failure_info", reason) in values) == bool(reason)
    return Seen(values, reason, message, notes)


def _noting(notes: list[str]):
    def log(message: str, **fields: object) -> None:
        notes.append(" ".join([message, *(f"{k}={v}" for k, v in fields.items())]))

    return log


def _key(name: str, labels: dict[str, str]) -> tuple[str, ...]:
    return (name.removeprefix("probe_"), *labels.values())


def listed(text: str, folder: Path = Path(), **environment: str):
    """Return the source of a collector with a list of targets, and its context."""
    document = parse_document(text, "x.yaml")
    context = Context("network", folder, environment, SystemClock())
    return COLLECTOR.open(Settings(document, ("collectors", 0)), context)


@dataclass
class Signer:
    """A certificate and its key, which may sign others."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.PEM)


def certified(
    name: str,
    by: Signer | None = None,
    *,
    days: float = 30,
    sans: tuple[str, ...] = (),
    ca: bool = False,
) -> Signer:
    """Return a certificate: by nobody, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = NOW + dt.timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.cert.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(NOW, end) - dt.timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if sans:
        names = [x509.DNSName(one) for one in sans]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Signer(builder.sign(by.key if by else key, hashes.SHA256()), key)


def serving(folder: Path, leaf: Signer, *others: Signer, pem: bytes = b"") -> ssl.SSLContext:
    """Return a server's context that presents a chain."""
    chain, key = folder / "server.pem", folder / "server.key"
    chain.write_bytes((pem or leaf.pem) + b"".join(one.pem for one in others))
    key.write_bytes(
        leaf.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context
