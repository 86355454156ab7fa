"""``reconcile``: the Alertmanagers whose API is held against the store."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sothat.incidents.intake import SOURCE
from sothat.incidents.reconciler.compare import Terms
from sothat.incidents.reconciler.peers import Login, Peers
from sothat.incidents.reconciler.reconciler import Task
from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem
from sothat.runtime.secrets import SECRET_SCHEMA

# What the compiled routing calls the receiver that leads here.
_RECEIVER = "incident-service"
_EVERY, _WAIT, _SLACK, _SETTLE = "1m", "5m", "30s", "10m"
_DURATION = {"type": "string"}
_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["peers"],
        "properties": {
            "source": {"type": "string", "minLength": 1, "maxLength": 50},
            "peers": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "pattern": "^https?://[^/@]+(/[^?#@]*)?$",
                    "description": "an http or https URL without a password",
                },
                "description": "every Alertmanager of the cluster, each by its own address",
            },
            "receivers": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "description": "names of the receivers whose webhook is this service",
            },
            "every": {**_DURATION, "description": "pause between comparisons"},
            "wait": {
                **_DURATION,
                "description": "how long a message may lawfully take where Alertmanager's own "
                "configuration does not tell",
            },
            "slack": {**_DURATION, "description": "what comes on top of every wait"},
            "settle": {
                **_DURATION,
                "description": "how long after its start an Alertmanager may lack what fires",
            },
            "token": SECRET_SCHEMA,
            "username": {"type": "string"},
            "password": SECRET_SCHEMA,
            "ca_file": PATH_SCHEMA,
        },
        "dependentRequired": {"username": ["password"], "password": ["username"]},
    },
}


def _read(source: Source) -> tuple[Task, ...]:
    return tuple(_task(source, index, node) for index, node in enumerate(_entries(source)))


def _entries(source: Source) -> list[Mapping[str, Any]]:
    entries = list(source.node("reconcile", ()))
    if source.alertmanagers:
        first = entries[0] if entries else {}
        entries[:1] = [{**first, "peers": source.alertmanagers}]
    return entries


def _task(source: Source, index: int, node: Mapping[str, Any]) -> Task:

    def span(key: str, default: str) -> float:
        # The command line may have given an entry that the configuration does not have.
        return (
            source.duration("reconcile", index, key, default=default)
            if key in node
            else (parse_duration(default))
        )

    def secret(key: str) -> Any:
        return source.secret("reconcile", index, key) if key in node else None

    login = Login(
        token=secret("token"),
        username=node.get("username", ""),
        password=secret("password"),
        ca_file=str(source.folder / node["ca_file"]) if "ca_file" in node else "",
    )
    terms = Terms(
        receivers=frozenset(node.get("receivers", (_RECEIVER,))),
        default=span("wait", _WAIT),
        slack=span("slack", _SLACK),
        settle=span("settle", _SETTLE),
    )
    return Task(
        source=node.get("source", SOURCE),
        peers=Peers(node["peers"], login),
        terms=terms,
        every=span("every", _EVERY),
    )


def _check(source: Source, read: Mapping[str, Any]) -> Iterable[Problem]:
    tasks = read.get("reconcile", ())
    return chain(_twice(source, tasks), _restless(source, tasks))


def _twice(source: Source, tasks: Iterable[Task]) -> Iterator[Problem]:
    known: set[str] = set()
    for index, task in enumerate(tasks):
        if task.source in known:
            message = f"the source {task.source!r} is compared twice"
            hint = "list all of its peers in one entry: what one lacks another may know"
            where: list[str | int] = ["reconcile", index]
            yield source.document.problem("reconciled-twice", message, where, hint=hint)
        known.add(task.source)


def _restless(source: Source, tasks: Iterable[Task]) -> Iterator[Problem]:
    for index, task in enumerate(tasks):
        if task.every <= 0:
            where: list[str | int] = ["reconcile", index, "every"]
            yield source.document.problem(
                "bad-duration", "a pause of nothing", where, hint="write 1m, or leave it out"
            )


SECTION = Section("reconcile", "reconcile", _SCHEMA, _read, check=_check)
"""Its field is a tuple of `Task`, empty where nothing is to be compared."""
