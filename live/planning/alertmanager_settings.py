"""Alertmanager's settings held against each other: what a server fills in by itself is no change.

A running Alertmanager shows its configuration with all defaults filled in, with what a receiver
inherits from ``global`` written out, and with secrets hidden.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.live.planning.amounts import arrow
from sothat.model.duration import parse_duration

HIDDEN = "<secret>"
_STOCK_TEMPLATE = re.compile(r'\{\{ ?template "[a-z0-9]+\.default\.[A-Za-z]+" ?\.? ?\}\}')
# Receivers that do not tell of the end unless asked to.
_QUIET = frozenset({"email_configs", "slack_configs", "wechat_configs"})
_SEND_RESOLVED = "send_resolved"
_HTTP: Mapping[str, Any] = {"follow_redirects": True, "enable_http2": True}
# What releases 0.25 to 0.31 fill in, beside nothing, zeros and stock templates.
_FILLED_IN: Mapping[str, Sequence[Any]] = {
    "resolve_timeout": ("5m",),
    "http_config": (_HTTP,),
    "follow_redirects": (True,),
    "enable_http2": (True,),
    "smtp_hello": ("localhost",),
    "hello": ("localhost",),
    "smtp_require_tls": (True,),
    "require_tls": (True,),
    "parse_mode": ("HTML", "MarkdownV2"),
    "priority": ('{{ if eq .Status "firing" }}2{{ else }}0{{ end }}',),
    "retry": ("1m",),
    "expire": ("1h",),
    "color": ('{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',),
    "num_firing": ("{{ .Alerts.Firing | len }}",),
    "num_resolved": ("{{ .Alerts.Resolved | len }}",),
    "firing": (
        '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
        "{{ .Alerts.Firing | toJson }}",
    ),
    "resolved": (
        '{{ template "pagerduty.default.instances" .Alerts.Resolved }}',
        "{{ .Alerts.Resolved | toJson }}",
    ),
    "pagerduty_url": ("https://events.pagerduty.com/v2/enqueue",),
    "opsgenie_api_url": ("https://api.opsgenie.com",),
    "wechat_api_url": ("https://qyapi.weixin.qq.com/cgi-bin",),
    "victorops_api_url": ("https://alert.victorops.com/integrations/generic/20131114/alert",),
    "telegram_api_url": ("https://api.telegram.org",),
    "webex_api_url": ("https://webexapis.com/v1/messages",),
    "rocketchat_api_url": ("https://open.rocket.chat",),
    "slack_app_url": ("https://slack.com/api/chat.postMessage",),
}
# An e-mail's headers are made of its other settings.
_HEADERS = frozenset({"From", "To", "Subject"})


def setting_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where settings and what becomes of them: everything but routes, intervals, inhibition.

    Args:
        old: A configuration, as a server shows it or as a file has it.
        new: The configuration wanted.

    Yields:
        Pairs such as ``("receiver office", "webhook url: a → b")``.
    """
    inherited = tuple((old.get("global") or {}).values())
    compare = _Comparison(inherited)
    for detail in compare.mappings(old.get("global") or {}, new.get("global") or {}, ""):
        yield "global settings", detail
    if (old.get("templates") or []) != (new.get("templates") or []):
        yield "templates", arrow(*(", ".join(each.get("templates") or ()) for each in (old, new)))
    before, after = _receivers(old), _receivers(new)
    for name in sorted({*before, *after}):
        for detail in compare.receivers(before.get(name), after.get(name)):
            yield f"receiver {name}", detail


def hides(data: Any) -> bool:
    """Return whether a server hides a part of its configuration."""
    if isinstance(data, Mapping):
        return any(map(hides, data.values()))
    if isinstance(data, list):
        return any(map(hides, data))
    return bool(data == HIDDEN)


def _receivers(data: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {str(each.get("name", "")): each for each in data.get("receivers") or ()}


class _Comparison:
    """Compares settings, knowing what a receiver inherits."""

    def __init__(self, inherited: Sequence[Any]) -> None:
        self._inherited = [_plain(value) for value in inherited]

    def receivers(
        self, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
    ) -> Iterator[str]:
        """Yield what becomes of a receiver."""
        if old is None or new is None:
            yield "is new" if old is None else "is no more"
            return
        kinds = {
            key for each in (old, new) for key, value in each.items() if key != "name" and value
        }
        for kind in sorted(kinds):
            before, after = old.get(kind) or [], new.get(kind) or []
            label = kind.removesuffix("_configs")
            if len(before) != len(after):
                yield f"{label}: {arrow(str(len(before)), str(len(after)))}"
                continue
            for one, other in zip(before, after, strict=True):
                yield from self.mappings(one, other, kind)

    def mappings(self, old: Mapping[str, Any], new: Mapping[str, Any], kind: str) -> Iterator[str]:
        """Yield the keys of two mappings whose values differ."""
        label = f"{kind.removesuffix('_configs')} " if kind else ""
        for key in sorted({*old, *new}):
            if not self._same(key, old.get(key), new.get(key), kind):
                yield f"{label}{key}: {arrow(_shown(old.get(key)), _shown(new.get(key)))}"

    def _same(self, key: str, old: Any, new: Any, kind: str) -> bool:
        if new is None:
            return self._by_itself(key, old, kind)
        if old is None:
            return self._by_itself(key, new, kind)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return not tuple(self.mappings(old, new, kind))
        if isinstance(old, list) and isinstance(new, list):
            pairs = zip(old, new, strict=False)
            return len(old) == len(new) and all(self._same(key, *pair, kind) for pair in pairs)
        return HIDDEN in (old, new) or _plain(old) == _plain(new)

    def _by_itself(self, key: str, value: Any, kind: str) -> bool:
        """Return whether a server has filled a value in."""
        if key == _SEND_RESOLVED:
            return bool(value) is (kind not in _QUIET)
        if key in _FILLED_IN:
            return value in (None, "") or any(
                self._same("", value, default, kind) for default in _FILLED_IN[key]
            )
        if isinstance(value, Mapping):
            return all(self._by_itself(inner, each, kind) for inner, each in value.items())
        if value == HIDDEN or key in _HEADERS or _is_nothing(value):
            return True
        stock = isinstance(value, str) and _STOCK_TEMPLATE.fullmatch(value)
        return bool(stock) or _plain(value) in self._inherited


def _is_nothing(value: Any) -> bool:
    return value in (None, "", [], {}, False, 0, "0s")


def _plain(value: Any) -> Any:
    """Return a value that is the same for all ways of writing it."""
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError:
        return value.rstrip("/")


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
