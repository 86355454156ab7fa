"""A configuration from the YAML of an ``alertmanager.yml``, ours or anybody's.

Keys that do not decide who is told, and those of releases to come, are left alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from sothat.generator.routing.configuration import (
    Configuration,
    InhibitRule,
    Integration,
    Route,
)
from sothat.generator.routing.interval_reading import read_intervals
from sothat.generator.routing.matcher import Matcher, Operator, in_order, matcher
from sothat.generator.routing.matcher_syntax import Parser, fallback
from sothat.generator.routing.node import Node, children, text_of, texts
from sothat.model.duration import parse_duration
from sothat.model.problem import Unusable
from sothat.runtime.documents import Document, load_document

_CONFIGS = "_configs"
# Where an integration leads, as far as that is no secret; of `url` only the host is shown.
_ADDRESSES = (
    "to",
    "channel",
    "url_file",
    "webhook_url_file",
    "api_url_file",
    "routing_key_file",
    "service_key_file",
    "api_key_file",
)
_EVERYTHING = "..."
# What `match` and `match_re` take; the newer syntax of `matchers` takes any name.
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

# What Alertmanager takes where the root does not say: seconds.
_DEFAULTS = Route((), (), "", (), 30.0, 300.0, 14400.0, (), (), continues=False, routes=())


def load_configuration(path: Path, parser: Parser = fallback) -> Configuration:
    """Return the configuration of a file.

    Raises:
        Unusable: It cannot be read, or Alertmanager would refuse its routing; all problems.
    """
    return read_configuration(load_document(path), parser)


def read_configuration(document: Document, parser: Parser = fallback) -> Configuration:
    """Return the configuration of a document.

    Args:
        document: Its data may be plain mappings and lists as well, then without places.
        parser: The syntax of matchers; by default what current releases read.

    Raises:
        Unusable: Alertmanager would refuse its routing; all problems.
    """
    root = Node(document, document.data)
    reader = _Reader(root, parser)
    found = reader.configuration()
    if root.problems:
        raise Unusable(root.problems)
    return found


class _Reader:
    """Reads one document; what is wrong gathers in its nodes."""

    def __init__(self, root: Node, parser: Parser) -> None:
        self._root = root
        self._parser = parser
        self._receivers = _receivers(root)
        self._intervals = read_intervals(root)

    def configuration(self) -> Configuration:
        node = self._root.get("route")
        if node is None:
            self._root.report("bad-routing", "no routes provided")
        return Configuration(
            route=self._root_route(node) if node else _DEFAULTS,
            receivers=self._receivers,
            intervals=self._intervals,
            inhibit_rules=tuple(self._rule(n) for n in children(self._root, "inhibit_rules")),
        )

    def _root_route(self, node: Node) -> Route:
        root = self._route(node, _DEFAULTS, ())
        if not root.receiver:
            node.report("bad-routing", "the root route must name a receiver")
        if root.matchers:
            node.report("bad-routing", "the root route must not have any matchers")
        if root.active or root.mute:
            node.report("bad-routing", "the root route must not have any time intervals")
        return root

    def _route(self, node: Node, parent: Route, path: tuple[int, ...]) -> Route:
        route = replace(
            parent,
            path=path,
            matchers=self._matchers(node, ""),
            receiver=self._receiver(node) or parent.receiver,
            group_by=_group_by(node, parent.group_by),
            group_wait=_seconds(node, "group_wait", parent.group_wait),
            group_interval=_seconds(node, "group_interval", parent.group_interval),
            repeat_interval=_seconds(node, "repeat_interval", parent.repeat_interval),
            active=self._named(node, "active_time_intervals"),
            mute=self._named(node, "mute_time_intervals"),
            continues=_true(node, "continue"),
            routes=(),
        )
        nodes = enumerate(children(node, "routes"))
        return replace(route, routes=tuple(self._route(n, route, (*path, i)) for i, n in nodes))

    def _receiver(self, node: Node) -> str:
        named = node.get("receiver")
        name = named.text() if named else ""
        if named and name and name not in self._receivers:
            named.report("bad-routing", f"no receiver is called {name!r}")
        return name

    def _named(self, node: Node, key: str) -> tuple[str, ...]:
        items = children(node, key)
        for item in items:
            if item.text() not in self._intervals:
                item.report("bad-routing", f"no time interval is called {item.text()!r}")
        return tuple(item.text() for item in items)

    def _rule(self, node: Node) -> InhibitRule:
        return InhibitRule(
            name=text_of(node, "name"),
            source=self._matchers(node, "source_"),
            target=self._matchers(node, "target_"),
            equal=texts(node, "equal"),
        )

    def _matchers(self, node: Node, prefix: str) -> tuple[Matcher, ...]:
        """Return the matchers of all three keys that Alertmanager knows."""
        return in_order(
            [
                *_pairs(node, f"{prefix}match", Operator.EQUAL),
                *_pairs(node, f"{prefix}match_re", Operator.REGEX),
                *self._lines(node, f"{prefix}matchers"),
            ]
        )

    def _lines(self, node: Node, key: str) -> Iterator[Matcher]:
        for line in children(node, key):
            none: list[Matcher] = []
            yield from line.read("bad-matcher", self._parser, none)


def _pairs(node: Node, key: str, operator: Operator) -> Iterator[Matcher]:
    pairs = node.get(key)
    for name in pairs.names() if pairs else ():
        value = pairs.get(name) if pairs else None
        try:
            yield _pair(name, operator, value)
        except ValueError as error:
            (value or node).report("bad-matcher", str(error))


def _pair(name: str, operator: Operator, value: Node | None) -> Matcher:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a label")
    if value is None and operator is Operator.REGEX:
        raise ValueError(f"no regular expression for {name}")
    return matcher(name, operator, value.text() if value else "")


def _group_by(node: Node, inherited: tuple[str, ...] | None) -> tuple[str, ...] | None:
    listed = node.get("group_by")
    if listed is None:
        return inherited
    names = texts(node, "group_by")
    others = [name for name in names if name != _EVERYTHING]
    if "" in others or len(set(others)) < len(others):
        listed.report("bad-routing", "group_by names a label twice, or one without a name")
    if others and len(others) < len(names):
        listed.report("bad-routing", "group_by cannot have '...' and other labels at the same time")
    return tuple(others) if others or not names else None


def _seconds(node: Node, key: str, inherited: float) -> float:
    found = node.get(key)
    seconds = found.read("bad-routing", parse_duration, inherited) if found else inherited
    if found and not seconds and key != "group_wait":
        found.report("bad-routing", f"{key} cannot be zero")
    return seconds


def _true(node: Node, key: str) -> bool:
    """Return whether a flag is set, in the words that Go's YAML takes for it."""
    return text_of(node, key).lower() in ("true", "yes", "on", "y")


def _receivers(root: Node) -> Mapping[str, tuple[Integration, ...]]:
    found: dict[str, tuple[Integration, ...]] = {}
    for node in children(root, "receivers"):
        name = text_of(node, "name")
        if not name:
            node.report("missing-key", "a receiver without 'name'")
        if name in found:
            node.report("bad-routing", f"receiver {name!r} is not unique")
        found[name] = tuple(_integrations(node))
    return found


def _integrations(node: Node) -> Iterator[Integration]:
    for key in node.names():
        if key.endswith(_CONFIGS):
            for config in children(node, key):
                yield _integration(key.removesuffix(_CONFIGS), config)


def _integration(kind: str, config: Node) -> Integration:
    named = (text_of(config, key) for key in _ADDRESSES)
    address = next((text for text in named if text), "") or _host(text_of(config, "url"))
    resolved = _true(config, "send_resolved") if config.get("send_resolved") else None
    return Integration(kind, address, resolved)


def _host(url: str) -> str:
    """Return an address without what may be secret in it."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}" if host else ""
