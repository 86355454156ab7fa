"""A small OpenID provider on loopback: it does the protocol, and all that can be wrong with it."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "sothat", "a secret/with:signs"


def fresh_key(kid: str) -> jwk.RSAKey:
    return jwk.RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class Faults:
    """What the provider does wrong; by itself nothing.

    Attributes:
        claims: Put over the ID token's own; None takes one away.
        unsigned: ``alg: none``.
        symmetric: Signed with what everybody knows: the public key.
        sign_with: Signed with this key; None: the provider's own.
        about: Put over what it says of itself.
        error: What it answers browsers instead of a code.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    unsigned: bool = False
    symmetric: bool = False
    sign_with: jwk.RSAKey | None = None
    about: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    status: int = 200
    body: bytes | None = None


@dataclass
class Provider:
    """A running provider."""

    server: ThreadingHTTPServer
    keys: list[jwk.RSAKey]
    faults: Faults = field(default_factory=Faults)
    person: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    hold: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/realm"

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.faults.about,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where a browser goes that has signed in."""
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        back = {"state": query["state"], "iss": self.issuer}
        if self.faults.error:
            back["error"] = self.faults.error
        else:
            code = secrets.token_urlsafe(12)
            self.codes[code] = query
            back["code"] = code
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def exchange(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        wanted = base64.b64encode(f"{CLIENT}:a+secret%2Fwith%3Asigns".encode()).decode()
        if authorization != f"Basic {wanted}":
            return 401, {"error": "invalid_client"}
        # A code is good once.
        began = self.codes.pop(fields["code"], None)
        digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if began is None or began["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if began["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._token(began)}

    def _token(self, began: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": began["nonce"],
            **self.person,
            **self.faults.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.faults.unsigned:
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        key = self.faults.sign_with or self.keys[-1]
        if self.faults.symmetric:
            signed = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
            mac = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.provider.asked.append(parts.path)
        match parts.path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                self._say(200, self.provider.about())
            case "/keys":
                keys = [key.as_dict(private=False) for key in self.provider.keys]
                strange = {"kty": "XYZ", "kid": "strange"}
                self._say(200, {"keys": [strange, *keys]})
            case "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", self.provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        self.provider.asked.append(self.path)
        if self.provider.hold.is_set():
            # Slow: a byte now and then, and never the whole.
            self.send_response(200)
            self.end_headers()
            while self.provider.hold.is_set():
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)
            return
        self._say(*self.provider.exchange(fields, self.headers.get("Authorization", "")))

    def _say(self, status: int, data: dict[str, Any]) -> None:
        faults = self.provider.faults
        body = json.dumps(data).encode() if faults.body is None else faults.body
        self.send_response(status if faults.status == 200 else faults.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def provider(port: int = 0) -> Iterator[Provider]:
    """Give a running provider."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    found = Provider(server, [fresh_key("first")])
    handler.provider = found
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.hold.clear()
        server.shutdown()
        server.server_close()
        thread.join()
