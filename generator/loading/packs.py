"""Catalogues that build on others: what they take over, and what they change of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.generator.layers import Layer, merged
from sothat.generator.shipped import shipped_catalogue
from sothat.generator.values import tuning_of
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem
from sothat.runtime.documents import Document
from sothat.runtime.plugins import load_extensions

GROUP = "sothat.packs"
KIND = "Pack"
SHIPPED = "sothat"


@dataclass(frozen=True, slots=True)
class Pack:
    """What a document of kind Pack says of the catalogues below it.

    Attributes:
        only: Domains; empty: all.
        alerts: Names of alerts and service levels that are left out; ``domains`` likewise.
        owner: Owns what no entry of ``owners`` names; empty: whoever owns it below.
    """

    document: Document
    only: frozenset[str]
    alerts: frozenset[str]
    domains: frozenset[str]
    owner: str
    owners: Mapping[str, str]
    tuned: Mapping[str, Mapping[str, Any]]

    def leaves_out(self, name: str, domain: object) -> bool:
        """Return whether an entry is left out."""
        away = name in self.alerts or domain in self.domains
        return away or bool(self.only and domain not in self.only)

    def layers(self, name: str, below: Iterable[Layer]) -> Iterator[Layer]:
        """Yield what it changes of an entry, given what that is without it."""
        former = str(merged(below).get("owner", ""))
        if former in self.owners:
            settings = {"owner": self.owners[former]}
            yield Layer("pack", self.document, ("owners", former), settings)
        elif self.owner:
            yield Layer("pack", self.document, (), {"owner": self.owner})
        if name in self.tuned:
            yield tuning_of("pack", self.document, name, self.tuned[name])

    def unknown(self, names: frozenset[str], domains: frozenset[str]) -> Iterator[Problem]:
        """Yield a problem for each alert and domain that it names and nobody has."""
        for path, name in self._named("alert"):
            if name not in names:
                hint = did_you_mean(name, names)
                message = f"no alert or service level is called '{name}'"
                yield self.document.problem("unknown-alert", message, path, hint=hint)
        for path, name in self._named("domain"):
            if name not in domains:
                known = f"the domains are {', '.join(sorted(domains))}"
                hint = did_you_mean(name, domains, otherwise=known)
                message = f"no alert is of a domain '{name}'"
                yield self.document.problem("unknown-domain", message, path, hint=hint)

    def _named(self, key: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the names of alerts or domains, each with its place."""
        for number, entry in enumerate(self.document.data.get("leave_out", ())):
            if key in entry:
                yield ("leave_out", number, key), entry[key]
        if key == "alert":
            yield from ((("alerts", name), name) for name in self.tuned)
        else:
            domains = enumerate(self.document.data.get("only", ()))
            yield from ((("only", number), name) for number, name in domains)


def pack_of(document: Document) -> Pack:
    """Return what a document of kind Pack says; its shape is right."""
    data = document.data
    left_out = data.get("leave_out", ())
    return Pack(
        document=document,
        only=frozenset(data.get("only", ())),
        alerts=frozenset(entry["alert"] for entry in left_out if "alert" in entry),
        domains=frozenset(entry["domain"] for entry in left_out if "domain" in entry),
        owner=data.get("owner", ""),
        owners=MappingProxyType(dict(data.get("owners", {}))),
        tuned=MappingProxyType(dict(data.get("alerts", {}))),
    )


def bases_of(document: Document) -> Iterator[Path | Problem]:
    """Yield the folders of the catalogues that a pack builds on, a problem for each unknown one.

    Raises:
        Unusable: An installed pack cannot be loaded.
    """
    for number, name in enumerate(document.data["builds_on"]):
        folder = _folder(Path(document.file).parent, name)
        if folder is not None and folder.is_dir():
            yield folder
            continue
        known = (SHIPPED, *load_extensions(GROUP))
        hint = did_you_mean(name, known, otherwise=f"a folder beside this file, or {known[0]}")
        message = f"no catalogue is called '{name}'"
        yield document.problem("unknown-pack", message, ["builds_on", number], hint=hint)


def _folder(home: Path, name: str) -> Path | None:
    if name == SHIPPED:
        return shipped_catalogue()
    if "/" in name or name.startswith("."):
        return home / name
    module = load_extensions(GROUP).get(name)
    return Path(module.CATALOGUE) if module else None
