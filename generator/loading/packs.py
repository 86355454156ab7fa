"""Catalogues that build on others: what they take over, and what they change of it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.generator.layers import Layer
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import tuning_of
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, unusable
from sothat.runtime.documents import Document
from sothat.runtime.plugins import load_extensions

GROUP = "sothat.packs"
KIND = "Pack"
SHIPPED = "sothat"

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """What a document of kind Pack says of the catalogues below it.

    Attributes:
        only: Domains; empty: all. Each with its place in the document, as what follows has it.
        alerts: Names of alerts and service levels that are left out; ``domains`` likewise.
        owner: Owns what no entry of ``owners`` names; empty: whoever owns it below.
    """

    document: Document
    only: Mapping[str, Place]
    alerts: Mapping[str, Place]
    domains: Mapping[str, Place]
    owner: str
    owners: Mapping[str, str]
    tuned: Mapping[str, Mapping[str, Any]]

    def owning(self, former: str) -> Layer | None:
        """Return who owns what somebody owns below; None: nothing is said of that."""
        if former in self.owners:
            settings = {"owner": self.owners[former]}
            return Layer("pack", self.document, ("owners", former), settings, flat=True)
        if self.owner:
            return Layer("pack", self.document, (), {"owner": self.owner})
        return None

    def tuning(self, name: str) -> Layer | None:
        """Return what is changed of the entry of a name."""
        if name not in self.tuned:
            return None
        return tuning_of("pack", self.document, name, self.tuned[name])

    def reason(self, name: str, domain: str) -> str:
        """Return why it leaves an entry out."""
        place = self.alerts.get(name) or self.domains[domain]
        return str(self.document.data["leave_out"][place[1]]["reason"]).strip()

    def contradictions(self) -> Iterator[Problem]:
        """Yield a problem for each entry that is left out, and changed as well."""
        for name in self.tuned.keys() & self.alerts.keys():
            position = self.document.position(self.alerts[name])
            message = f"'{name}' is changed here and left out at {position}"
            hint = "remove one of the two"
            yield self.document.problem("pack-conflict", message, ["alerts", name], hint=hint)

    def unknown(
        self, names: frozenset[str], domains: frozenset[str], own: frozenset[str]
    ) -> Iterator[Problem]:
        """Yield a problem for each alert and domain that it names and no catalogue below has.

        Args:
            names: Of the entries below.
            domains: Of the catalogues below, and of this one.
            own: Names of the entries beside the pack.
        """
        for path, name in self._named():
            if name in own - names:
                message = f"'{name}' stands in this catalogue itself, not in one below"
                yield self.document.problem(
                    "unknown-alert", message, path, hint="change it where it stands"
                )
            elif name not in names:
                hint = did_you_mean(name, names)
                message = f"no alert or service level is called '{name}'"
                yield self.document.problem("unknown-alert", message, path, hint=hint)
        for path, name in (*_placed(self.domains), *_placed(self.only)):
            if name not in domains:
                known = f"the domains are {', '.join(sorted(domains))}"
                hint = did_you_mean(name, domains, otherwise=known)
                message = f"no alert is of a domain '{name}'"
                yield self.document.problem("unknown-domain", message, path, hint=hint)

    def unknown_owners(self, owners: frozenset[str]) -> Iterator[Problem]:
        """Yield a problem for each team that it replaces and no catalogue below has."""
        for former in self.owners:
            if former not in owners:
                known = f"those below belong to {', '.join(sorted(owners))}"
                hint = did_you_mean(former, owners, otherwise=known)
                message = f"no catalogue below has a team '{former}'"
                path = ("owners", former)
                yield self.document.problem("unknown-team", message, path, hint=hint)

    def _named(self) -> Iterator[tuple[Place, str]]:
        """Yield the names of alerts, each with its place."""
        yield from _placed(self.alerts)
        yield from ((("alerts", name), name) for name in self.tuned)


def _placed(names: Mapping[str, Place]) -> Iterator[tuple[Place, str]]:
    return ((place, name) for name, place in names.items())


def pack_of(document: Document) -> Pack:
    """Return what a document of kind Pack says; its shape is right."""
    data = document.data
    only = enumerate(data.get("only", ()))
    return Pack(
        document=document,
        only=MappingProxyType({name: ("only", number) for number, name in only}),
        alerts=_left_out(document, "alert"),
        domains=_left_out(document, "domain"),
        owner=data.get("owner", ""),
        owners=MappingProxyType(dict(data.get("owners", {}))),
        tuned=MappingProxyType(dict(data.get("alerts", {}))),
    )


def _left_out(document: Document, key: str) -> Mapping[str, Place]:
    entries = enumerate(document.data.get("leave_out", ()))
    found: dict[str, Place] = {
        entry[key]: ("leave_out", number, key) for number, entry in entries if key in entry
    }
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Base:
    """A catalogue that a pack builds on.

    Attributes:
        name: As the pack names it.
        path: Its folder, as people name it.
        place: Of the name in the pack's document.
    """

    name: str
    path: Path
    place: Place

    @property
    def folder(self) -> Path:
        """Return the folder itself, whatever ways lead there."""
        return self.path.resolve()


def bases_of(document: Document) -> Iterator[Base | Problem]:
    """Yield the catalogues that a pack builds on, a problem for each unknown one.

    Raises:
        Unusable: An installed pack cannot be loaded, or names no folder.
    """
    for number, name in enumerate(document.data["builds_on"]):
        folder = _folder(Path(document.file).parent, name)
        if folder is not None and os.path.isdir(folder):  # noqa: PTH112 – Path.is_dir may raise
            yield Base(name, folder, ("builds_on", number))
            continue
        known = (SHIPPED, *load_extensions(GROUP))
        hint = did_you_mean(name, known, otherwise=f"a folder beside this file, or {known[0]}")
        message = f"no catalogue is called '{name}'"
        yield document.problem("unknown-pack", message, ["builds_on", number], hint=hint)


def _folder(home: Path, name: str) -> Path | None:
    if name == SHIPPED:
        return shipped_catalogue()
    if "/" in name or name.startswith("."):
        return _straight(home / name)
    module = load_extensions(GROUP).get(name)
    return _offered(name, module) if module else None


def _straight(path: Path) -> Path:
    """Return a path without turns back, unless a link on the way makes that another one."""
    straight = os.path.normpath(path)
    return Path(straight) if os.path.realpath(straight) == os.path.realpath(path) else path


def _offered(name: str, module: Any) -> Path:
    """Return the folder that an installed pack offers.

    Raises:
        Unusable: It offers none.
    """
    folder = getattr(module, "CATALOGUE", None)
    if isinstance(folder, str | os.PathLike) and os.path.isdir(folder):  # noqa: PTH112 – as above
        return Path(folder)
    message = f"{GROUP}: '{name}' offers no folder by the name CATALOGUE"
    raise unusable("extension-broken", message, hint="repair or uninstall it")


def second_packs(documents: Iterable[Document]) -> Iterator[Problem]:
    """Yield a problem for each document of kind Pack but the first."""
    first, *others = documents
    hint = "a catalogue has at most one document of kind Pack"
    message = f"a second pack; the first is {first.file}"
    for document in others:
        yield document.problem("duplicate-pack", message, ["kind"], hint=hint)
