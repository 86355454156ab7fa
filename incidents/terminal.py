"""Incidents as text in a terminal. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_COLUMNS = ("id", "priority", "state", "opened", "team", "title")
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60
# Makes a text stand out, by what it is: a priority, a state, ``late``; ``Paint("P1", "P1")``.
Paint = Callable[[str, str], str]


def unpainted(text: str, _what: str) -> str:
    """Return a text as it is."""
    return text


def table(data: Mapping[str, Any], paint: Paint = unpainted) -> str:
    """Return a list of incidents, columns aligned; below each open one where it is and SO THAT."""
    incidents = data["incidents"]
    if not incidents:
        return "no incidents"
    rows = [_COLUMNS, *(_cells(incident) for incident in incidents)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    heading, *lines = (_row(row, widths, paint) for row in rows)
    indent = " " * (widths[0] + 2)
    blocks = (
        "\n".join([first, *(f"{indent}{text}" for text in _below(incident))])
        for first, incident in zip(lines, incidents, strict=True)
    )
    more = ["more with --all, or --cursor " + data["next"]] if data.get("next") else []
    return "\n".join([heading, *blocks, *more])


def _row(row: Sequence[str], widths: Sequence[int], paint: Paint) -> str:
    """Return cells side by side; what is painted is as wide as what is not."""
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    shown = (
        paint(cell, cell.strip()) if name in ("priority", "state") else cell
        for name, cell in zip(_COLUMNS, cells, strict=True)
    )
    return "  ".join(shown).rstrip()


def _cells(incident: Mapping[str, Any]) -> tuple[str, ...]:
    values = {**incident, "opened": _to_the_second(incident["opened_at"])}
    return tuple(plain(values[column]) for column in _COLUMNS)


def _below(incident: Mapping[str, Any]) -> list[str]:
    if incident["resolved_at"]:
        return []
    parts = (("where", incident["where"]), ("so that", incident["so_that"]))
    return [f"{name:8} {plain(text)}" for name, text in parts if text]


def _to_the_second(moment: str) -> str:
    """Return an RFC 3339 moment without its fraction, which no person needs."""
    whole, _, _ = moment.partition(".")
    return whole.removesuffix("Z") + "Z"


def line(data: Mapping[str, Any], paint: Paint = unpainted) -> str:
    """Return one incident as a line."""
    priority, state = (paint(data[name], data[name]) for name in ("priority", "state"))
    return f"#{data['id']} {priority} {state}: {plain(data['title'])}"


def page(data: Mapping[str, Any], paint: Paint = unpainted, *, why: bool = False) -> str:
    """Return one incident with its promise, deadlines and timeline.

    Args:
        data: The API's answer.
        paint: Makes texts stand out.
        why: Whether each deadline is explained.
    """
    facts = ("where", "if", "do", "so_that", "runbook_url", "dashboard_url", "team")
    names = {"runbook_url": "runbook", "dashboard_url": "panel"}
    shown = [
        f"{names.get(name, name.replace('_', ' ')):16} {plain(data[name])}"
        for name in (*facts, "acknowledged_by", "resolved_by")
        if data.get(name)
    ]
    shown += [_ticket(one) for one in data.get("tickets", ())]
    clocks = [text for one in data["deadlines"] for text in _clock(one, paint, why=why)]
    notes = [
        f"{note['at']}  {note['kind']:14} {plain(note['text'])} ({plain(note['actor'])})"
        for note in data["timeline"]
    ]
    return "\n".join([line(data, paint), *shown, *clocks, "", *notes])


def _ticket(one: Mapping[str, Any]) -> str:
    text = " ".join(part for part in (one["name"], one["url"]) if part) or "not there yet"
    error = f" ({one['error']})" if one["error"] else ""
    return f"{'ticket':16} {plain(one['tracker'])}: {plain(text + error)}"


def _clock(one: Mapping[str, Any], paint: Paint, *, why: bool) -> list[str]:
    reasons = [f"{'':18} {plain(reason['text'])}" for reason in one["why"]] if why else []
    return [f"{one['clock']:16} {_standing(one, paint)}", *reasons]


def _standing(one: Mapping[str, Any], paint: Paint) -> str:
    due = _to_the_second(one["due"])
    if one["met_at"]:
        kept = paint("late", "late") if one["breached"] else paint("in time", "met")
        return f"{kept}, {_to_the_second(one['met_at'])}, due {due}"
    if one["paused"]:
        return "paused: it waits on the customer"
    if one["overdue_seconds"]:
        return f"{due}, {paint('overdue by ' + span(one['overdue_seconds']), 'late')}"
    return f"{due}, {span(one['remaining_seconds'])} left of the time that counts"


def span(seconds: float) -> str:
    """Return a duration in its two largest units (``2 h 5 min``)."""
    rest = int(seconds)
    parts: list[str] = []
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0 s"


def tokens(data: Mapping[str, Any]) -> str:
    """Return tokens as lines."""
    rows = (
        f"{plain(one['name']):24} {one['role']:10} {_to_the_second(one['created_at'])}"
        + (f"  revoked {_to_the_second(one['revoked_at'])}" if one["revoked_at"] else "")
        + "".join(f"  {name}: {plain(', '.join(own))}" for name, own in one["scope"].items())
        for one in data["tokens"]
    )
    return "\n".join(rows) or "no tokens"


def fresh_token(data: Mapping[str, Any]) -> str:
    """Return a token that was just made, alone on its line: it can go into a file."""
    return str(data["token"])


def verification(data: Mapping[str, Any]) -> str:
    """Return what verifying the audit log has found; its head is there to be noted elsewhere."""
    faults = [
        f"entry {one['number']}"
        + (f" (id {one['entry']})" if one["entry"] else "")
        + f" {one['what']}"
        for one in data["faults"]
    ]
    begun = f" after {data['begins_after']} that retention let go" if data["begins_after"] else ""
    said = "as written" if not faults else f"NOT as written, {len(faults)} findings"
    return "\n".join([*faults, f"{data['entries']} entries{begun}: {said}", f"head {data['head']}"])


def audit(data: Mapping[str, Any]) -> str:
    """Return entries of the audit log as lines, the newest first."""
    return "\n".join(map(_entry, data["entries"])) or "nothing yet"


def _entry(one: Mapping[str, Any]) -> str:
    incident = f" #{one['incident']}" if one["incident"] else ""
    detail = ", ".join(f"{name}: {plain(value)}" for name, value in one["detail"].items() if value)
    who = f"{plain(one['caller'])} ({one['role']})"
    return f"{one['at']}  {who} {one['action']}{incident} {one['outcome']}  {detail}".rstrip()


def plain(value: object) -> str:
    """Return a value without what could steer a terminal: labels come from anywhere."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
