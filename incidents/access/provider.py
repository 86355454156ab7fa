"""An OpenID provider: where to send a browser, and who it is that comes back."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import requests
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from sothat.incidents.access.attempt import Attempt
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from sothat.runtime.secrets import Secret
from urllib3.exceptions import HTTPError

_LOG = logging.getLogger(__name__)
_DISCOVERY = "/.well-known/openid-configuration"
_LARGEST = 1 << 20
# What a provider says of itself is asked again after an hour, its keys when one is not known; but
# nobody makes us ask more often than that.
_FRESH_SECONDS = 3600.0
_PAUSE_SECONDS = 30.0
# Signed with a key that only the provider has: `none` and a secret shared with us are not.
_ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
]


class Unreachable(Exception):  # noqa: N818 – it is named for what the provider is
    """The provider cannot be asked now; the text says why."""


class NotTrusted(Exception):  # noqa: N818 – it is named for what the answer is
    """What came from the provider, or in its name, proves nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to a provider.

    Attributes:
        issuer: Its name, and where it says what it is.
        secret: None for a public client, which PKCE alone protects.
        redirect: Where it sends browsers back to.
        asked: The scopes of OAuth that are asked for.
        skew: By how many seconds its clock may differ from ours.
        timeout: Seconds for each of its answers.
        ca_file: Certificates that it is trusted by; None: those of the system.
    """

    issuer: str
    client_id: str
    secret: Secret | None
    redirect: str
    asked: tuple[str, ...]
    skew: int
    timeout: float
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class _About:
    """What a provider says of itself, and when it was asked."""

    authorization: str
    token: str
    keys: str
    methods: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class _Keys:
    found: jwk.KeySet
    at: float


class Provider:
    """Talks to one provider; all that may wait for it, waits in a thread.

    Args:
        identity: Who we are to it.
        clock: Seconds since 1970.
        steady: Seconds that never go back.
    """

    def __init__(
        self,
        identity: Identity,
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._steady = steady
        self._lock = Lock()
        self._about: _About | None = None
        self._keys: _Keys | None = None
        # When keys were last asked for because one was not known.
        self._missed = float("-inf")

    def address(self, attempt: Attempt) -> str:
        """Return where a browser signs in.

        Raises:
            Unreachable, NotTrusted: The provider does not say.
        """
        identity = self._identity
        query = {
            "response_type": "code",
            "client_id": identity.client_id,
            "redirect_uri": identity.redirect,
            "scope": " ".join(identity.asked),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        place = self._described().authorization
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(query)}"

    def claims(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        """Return the verified claims about whoever comes back with a code.

        Raises:
            Unreachable, NotTrusted: Why there are none.
        """
        about = self._described()
        raw = self._exchanged(about, code, attempt).get("id_token")
        if not isinstance(raw, str):
            raise NotTrusted("the provider gave no ID token")
        try:
            token = jwt.decode(raw, self._keys_for(about, raw), algorithms=_ALGORITHMS)
            self._registry(attempt).validate(token.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            _LOG.warning("an ID token was refused", extra={"reason": _words(error)})
            raise NotTrusted(f"its ID token does not hold: {_words(error)}") from error
        return self._for_us(token.claims)

    def _registry(self, attempt: Attempt) -> jwt.JWTClaimsRegistry:
        identity = self._identity
        return jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=identity.skew,
            iss={"essential": True, "value": identity.issuer},
            aud={"essential": True, "value": identity.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
        )

    def _for_us(self, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return claims that were made for us and nobody else."""
        audience, party = claims["aud"], claims.get("azp")
        several = isinstance(audience, list) and len(audience) > 1
        if (several or party is not None) and party != self._identity.client_id:
            raise NotTrusted("its ID token was made for somebody else")
        if not isinstance(claims["sub"], str):
            raise NotTrusted("its ID token says nobody's name")
        return claims

    def _exchanged(self, about: _About, code: str, attempt: Attempt) -> Mapping[str, Any]:
        identity = self._identity
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": identity.redirect,
            "client_id": identity.client_id,
            "code_verifier": attempt.verifier,
        }
        login: tuple[str, str] | None = None
        if identity.secret and "client_secret_basic" in about.methods:
            login = quote_plus(identity.client_id), quote_plus(identity.secret.reveal())
        elif identity.secret:
            fields["client_secret"] = identity.secret.reveal()
        return self._ask("POST", about.token, data=fields, auth=login)

    def _described(self) -> _About:
        with self._lock:
            about = self._about
        if about is None or self._steady() - about.at > _FRESH_SECONDS:
            about = self._discovered()
            with self._lock:
                self._about = about
        return about

    def _discovered(self) -> _About:
        issuer = self._identity.issuer
        data = self._ask("GET", issuer.rstrip("/") + _DISCOVERY)
        if data.get("issuer") != issuer:
            raise NotTrusted(f"it calls itself {data.get('issuer')!r:.100}, not {issuer!r}")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        places = [str(data.get(name, "")) for name in names]
        for name, place in zip(names, places, strict=True):
            if not is_safe(place):
                raise NotTrusted(f"its {name} is no https URL")
        methods = data.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        authorization, token, keys = places
        known = tuple(map(str, methods))
        return _About(authorization, token, keys, known, self._steady())

    def _keys_for(self, about: _About, raw: str) -> jwk.KeySet:
        """Return the provider's keys; asked anew if a token names one that is not known."""
        number = _key_id(raw)
        with self._lock:
            keys = self._keys
        if keys is None or self._steady() - keys.at > _FRESH_SECONDS or self._misses(keys, number):
            keys = _Keys(_key_set(self._ask("GET", about.keys)), self._steady())
            with self._lock:
                self._keys = keys
        if number is None and len(keys.found.keys) > 1:
            raise NotTrusted("its ID token does not say which of its keys has signed it")
        return keys.found

    def _misses(self, keys: _Keys, number: str | None) -> bool:
        """Return whether a key is worth being asked for: nobody makes us ask again and again."""
        known = number is None or any(key.kid == number for key in keys.found)
        now = self._steady()
        if known or now - self._missed < _PAUSE_SECONDS:
            return False
        self._missed = now
        return True

    def _ask(self, method: str, url: str, **how: Any) -> Mapping[str, Any]:
        """Return the JSON object of an answer."""
        timeout = self._identity.timeout
        end = self._steady() + timeout
        try:
            with requests.request(
                method,
                url,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
                headers={"Accept": "application/json"},
                verify=self._identity.ca_file or True,
                **how,
            ) as answer:
                body = read_body(answer, _LARGEST, lambda: self._steady() > end)
        except (requests.RequestException, HTTPError, TooLate) as error:
            _LOG.warning("no answer from the provider", extra={"reason": type(error).__name__})
            raise Unreachable("the provider does not answer") from error
        except TooLarge as error:
            raise NotTrusted("its answer has no end") from error
        return _object(answer, body)


def _object(answer: requests.Response, body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if answer.status_code >= requests.codes.server_error:
        raise Unreachable(f"the provider answers {answer.status_code}")
    if not isinstance(data, dict):
        raise NotTrusted(f"its answer {answer.status_code} is no JSON object")
    if not answer.ok:
        raise NotTrusted(f"it refuses: {data.get('error')!r:.60}")
    return data


def _key_set(data: Mapping[str, Any]) -> jwk.KeySet:
    """Return the keys that sign; what is of an unknown kind is nobody's of ours."""
    found = []
    for one in data.get("keys", ()):
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") == "oct":
            continue
        try:
            found.append(jwk.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            _LOG.warning("a key of the provider is not usable", extra={"reason": _words(error)})
    if not found:
        raise NotTrusted("it shows no key that could have signed anything")
    return jwk.KeySet(found)


def _key_id(raw: str) -> str | None:
    """Return which key a token says has signed it; nothing is trusted yet."""
    from joserfc.jws import extract_compact  # noqa: PLC0415

    try:
        found = extract_compact(raw.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise NotTrusted("its ID token is none") from error
    return found if isinstance(found, str) else None


def is_safe(url: str) -> bool:
    """Return whether what goes to a URL is seen by nobody on the way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
