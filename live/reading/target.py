"""The servers of a deployment: where they are, which files they read, how they are told to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sothat.model.duration import parse_duration
from sothat.model.problem import Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.prometheus_access import Access, base_address
from sothat.runtime.schema import validate
from sothat.runtime.secrets import SECRET_SCHEMA, resolve_secret

DEFAULT_WAIT = 60.0
_TEXT = {"type": "string", "minLength": 1}
_DURATION = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}
_ACCESS: Mapping[str, Any] = {
    "url": _TEXT,
    "token": SECRET_SCHEMA,
    "user": _TEXT,
    "password": SECRET_SCHEMA,
    "ca_file": _TEXT,
}
_RELOAD: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "http": {"const": True},
        "pid_file": _TEXT,
        "command": {"type": "array", "items": _TEXT, "minItems": 1},
    },
}


def _server(**more: Any) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "dependentRequired": {"user": ["password"], "password": ["user"]},
        "properties": {**_ACCESS, **more},
    }


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind"],
    "anyOf": [{"required": [name]} for name in ("prometheus", "alertmanager", "grafana")],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "Deployment"},
        "prometheus": _server(tenant=_TEXT, rules_file=_TEXT, reload=_RELOAD),
        "alertmanager": _server(tenant=_TEXT, config_file=_TEXT, reload=_RELOAD),
        "grafana": _server(),
        "journal": _TEXT,
        "wait": _DURATION,
    },
}


@dataclass(frozen=True, slots=True)
class Reload:
    """How a server is told to read its files again: one of three ways.

    Attributes:
        pid_file: The file with the process to send SIGHUP.
        command: What to run, such as ``systemctl reload prometheus``.
    """

    pid_file: Path | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """One server.

    Attributes:
        url: Its address.
        file: The one file that belongs to us: all rules, or the whole routing; None: it is only
            looked at.
    """

    url: str
    access: Access = field(default_factory=Access)
    file: Path | None = None
    reload: Reload = field(default_factory=Reload)


@dataclass(frozen=True, slots=True)
class Target:
    """The servers of a deployment; None is one that there is not, or that does not matter.

    Attributes:
        journal: The folder in which `sothat apply` keeps what it is about, and what was before.
        wait: Seconds that a server has until the new state must be live.
    """

    prometheus: Server | None = None
    alertmanager: Server | None = None
    grafana: Server | None = None
    journal: Path = Path(".sothat-apply")
    wait: float = DEFAULT_WAIT


def load_target(file: Path, environment: Mapping[str, str]) -> Target:
    """Return the servers that a file of ``kind: Deployment`` names; paths relative to its folder.

    Raises:
        Unusable: It cannot be used, or a secret is missing; all problems.
    """
    document = load_document(file)
    problems = validate(document, SCHEMA) or list(_addresses(document))
    if problems:
        raise Unusable(problems)
    data, folder = document.data, file.resolve().parent
    read = _Reader(document, folder, environment)
    return Target(
        prometheus=read.server("prometheus", "rules_file"),
        alertmanager=read.server("alertmanager", "config_file"),
        grafana=read.server("grafana", ""),
        journal=folder / data.get("journal", ".sothat-apply"),
        wait=parse_duration(data["wait"]) if "wait" in data else DEFAULT_WAIT,
    )


def _addresses(document: Document) -> Iterator[Any]:
    for name in ("prometheus", "alertmanager", "grafana"):
        if name not in document.data:
            continue
        try:
            base_address(document.data[name]["url"])
        except Unusable as error:
            for problem in error.problems:
                where = [name, "url"]
                yield document.problem(problem.code, problem.message, where, hint=problem.hint)


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    folder: Path
    environment: Mapping[str, str]

    def server(self, name: str, file_key: str) -> Server | None:
        data = self.document.data.get(name)
        if data is None:
            return None
        secrets = {
            key: resolve_secret(self.document, [name, key], self.environment, self.folder)
            for key in ("token", "password")
            if key in data
        }
        access = Access(
            token=secrets.get("token"),
            user=data.get("user", ""),
            password=secrets.get("password"),
            headers={"X-Scope-OrgID": data["tenant"]} if "tenant" in data else {},
            authority=self._path(data, "ca_file"),
        )
        return Server(data["url"], access, self._path(data, file_key), self._reload(data))

    def _reload(self, data: Mapping[str, Any]) -> Reload:
        how = data.get("reload", {})
        return Reload(self._path(how, "pid_file"), tuple(how.get("command", ())))

    def _path(self, data: Mapping[str, Any], key: str) -> Path | None:
        return self.folder / data[key] if key in data else None
