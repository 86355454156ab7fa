"""The configuration, ``kind: Incidents``: all of it read and checked before anything starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from sothat.incidents.channels import channel_schema, notifiers, open_channels, unbound
from sothat.incidents.notification import Channel, Notifier
from sothat.incidents.policy import load_policy
from sothat.model.duration import parse_duration
from sothat.model.policy import Policy
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.runtime.secrets import SECRET_SCHEMA, Secret, resolve_secret
from sothat.runtime.serving import ADDRESS_SCHEMA, Address, parse_address

DEFAULT_LISTEN = "127.0.0.1:9781"
DEFAULT_HOLD = "5m"
_SQLITE = "sqlite:///"
_TOKEN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["token"],
    "properties": {"token": SECRET_SCHEMA},
}
# A token, or in so many words none: where something else sees to it that only some reach the port.
_API = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {"token": SECRET_SCHEMA, "anonymous": {"const": True}},
}
_URL = {"type": "string", "pattern": "^https?://[^/]", "description": "an http or https URL"}
_PATH = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration, every default and path resolved.

    Attributes:
        store_url: SQLAlchemy URL with an absolute path.
        site: The folder of the site that ``sothat site`` made of the runbooks, if any.
        hold: Seconds without a firing alert before an incident resolves by itself.
        external_url: Where people reach the service, without a slash at the end.
        api_token: Wanted from callers of API and pages; None: whoever reaches the port may.
    """

    document: Document
    listen: Address
    store_url: str
    policy: Policy
    runbooks: Path
    site: Path | None
    webhook_token: Secret
    api_token: Secret | None
    hold: float
    channels: Mapping[str, Channel]
    external_url: str


def schema(known: Mapping[str, Notifier]) -> Mapping[str, Any]:
    """Return the JSON Schema of the configuration with some types of channels."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "store", "policy", "runbooks", "webhook", "channels"],
        "properties": {
            "apiVersion": {"const": "sothat/v1"},
            "kind": {"const": "Incidents"},
            "listen": ADDRESS_SCHEMA,
            "store": {
                "type": "string",
                "pattern": "^sqlite:///.",
                "description": "sqlite:/// and a path",
            },
            "policy": _PATH,
            "runbooks": _PATH,
            "site": _PATH,
            "webhook": _TOKEN,
            "api": _API,
            "resolve_after": {"type": "string"},
            "channels": {"type": "object", "additionalProperties": channel_schema(known)},
            "external_url": _URL,
        },
    }


def load_settings(
    path: Path, environment: Mapping[str, str], data: Path | None = None, listen: str | None = None
) -> Settings:
    """Read a configuration.

    Args:
        path: The YAML file.
        environment: Variables that secrets may name.
        data: Folder of the relative paths; default: the configuration's.
        listen: Overrides the configuration's address.

    Raises:
        Unusable: It cannot be used; all problems that were found at once.
    """
    document = load_document(path)
    known = notifiers()
    problems = validate(document, schema(known))
    if problems:
        raise Unusable(problems)
    return _Reader(document, known, environment, data or path.parent, listen).settings()


T = TypeVar("T")


class _Reader:
    """Resolves what the schema cannot check, and collects the problems on the way."""

    def __init__(
        self,
        document: Document,
        known: Mapping[str, Notifier],
        environment: Mapping[str, str],
        folder: Path,
        listen: str | None,
    ) -> None:
        self._document = document
        self._known = known
        self._environment = environment
        self._folder = folder
        self._override = listen
        self._problems: list[Problem] = []

    def settings(self) -> Settings:
        node = self._document.data
        api = node.get("api", {})
        listen = self._attempt(self._listen)
        policy = self._attempt(lambda: load_policy(self._folder / node["policy"]))
        webhook_token = self._attempt(lambda: self._secret("webhook"))
        api_token = self._attempt(lambda: self._secret("api")) if "token" in api else None
        hold = self._attempt(self._hold)
        channels = self._attempt(self._channels)
        self._check(listen, policy)
        if listen is None or policy is None or webhook_token is None:
            raise Unusable(self._problems)
        if hold is None or channels is None or self._problems:
            raise Unusable(self._problems)
        return Settings(
            document=self._document,
            listen=listen,
            store_url=_SQLITE + str((self._folder / node["store"][len(_SQLITE) :]).absolute()),
            policy=policy,
            runbooks=self._folder / node["runbooks"],
            site=self._folder / node["site"] if "site" in node else None,
            webhook_token=webhook_token,
            api_token=api_token,
            hold=hold,
            channels=channels,
            external_url=node.get("external_url", f"http://{listen}").rstrip("/"),
        )

    def _attempt(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Unusable as error:
            self._problems += error.problems
            return None

    def _check(self, listen: Address | None, policy: Policy | None) -> None:
        if policy:
            self._problems += unbound(self._document, policy)
        if listen and "api" not in self._document.data and not is_loopback(listen):
            message = f"{listen} is not a loopback address, and the API has no token"
            hint = (
                "add 'api: {token: {file: …}}', or listen on 127.0.0.1; a container whose port is "
                "published on loopback only may say 'api: {anonymous: true}'"
            )
            where = ["listen"] if "listen" in self._document.data else []
            self._problems.append(self._document.problem("open-api", message, where, hint=hint))

    def _listen(self) -> Address:
        if self._override is not None:
            return parse_address(self._override)
        text = self._document.data.get("listen", DEFAULT_LISTEN)
        return parse_address(text, self._document.position(["listen"]))

    def _hold(self) -> float:
        text = self._document.data.get("resolve_after", DEFAULT_HOLD)
        try:
            return parse_duration(text)
        except ValueError as error:
            problem = self._document.problem("bad-duration", str(error), ["resolve_after"])
            raise Unusable([problem]) from error

    def _secret(self, section: str) -> Secret:
        return resolve_secret(self._document, [section, "token"], self._environment, self._folder)

    def _channels(self) -> Mapping[str, Channel]:
        return open_channels(self._document, self._known, self._environment, self._folder)


def is_loopback(address: Address) -> bool:
    """Return whether only this machine can reach an address."""
    if address.host == "localhost":
        return True
    try:
        return ip_address(address.host).is_loopback
    except ValueError:
        return False
