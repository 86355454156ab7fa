"""``sothat explain``: every resolved value of an alert, and where it comes from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, inputs_of, inputs_options
from sothat.commands._output import answer, examples, json_option

if TYPE_CHECKING:
    from sothat.generator.explanation import Explanation


@click.command(
    epilog=examples("sothat explain IotDeviceOffline", "sothat explain IotDeviceOffline --json")
)
@click.argument("alert")
@inputs_options()
@json_option
def command(
    alert: str,
    *,
    named: Named,
    as_json: bool,
) -> int:
    """Explain ALERT: settings and their places, PromQL, type, labels, route, what comes of it."""
    from sothat.generator.compile import explain_alert

    explanation = explain_alert(inputs_of(named), alert)
    answer("\n".join(_lines(explanation)), asdict(explanation), as_json=as_json)
    return 0


def _lines(found: "Explanation") -> Iterator[str]:
    made = f", made for {found.made_for}" if found.made_for else ""
    yield f"{found.name} ({found.kind}{made})  {found.place}"
    yield from _table(
        "Settings",
        {s.key: (_shown(s.value), f"{s.origin}, {s.place}") for s in found.settings},
    )
    yield from _table("PromQL", {"expr": (found.promql, "")})
    for title, rows in (
        ("Type", found.type),
        ("Labels", found.labels),
        ("Annotations", found.annotations),
        ("Route", found.route),
    ):
        yield from _table(title, {key: (_shown(value), "") for key, value in rows.items()})
    for title, names in (
        ("Muted by", found.muted_by),
        ("Mutes", found.mutes),
        ("The same entry makes", found.makes),
    ):
        if names:
            yield from ("", title, *(f"  {name}" for name in names))


def _table(title: str, rows: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield ""
    yield title
    width = max((len(key) for key in rows), default=0)
    for key, (value, place) in rows.items():
        yield f"  {key:<{width}}  {value}" + (f"  [{place}]" if place else "")


def _shown(value: Any) -> str:
    """Return a value on one line; of a list of parts only how many there are."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if isinstance(value, list):
        return f"{len(value)} of them"
    return json.dumps(value, ensure_ascii=False)
