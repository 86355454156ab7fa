"""The page's files: HTML, JSON, Atom and the style sheet; made from a snapshot alone. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sothat.incidents.communication.book import Effect
from sothat.incidents.communication.facts import Status
from sothat.incidents.communication.times import local
from sothat.incidents.status_page.history import Day
from sothat.incidents.status_page.snapshot import Disruption, Post, Snapshot
from sothat.incidents.times import SECOND, format_time
from sothat.maintenance.standing import State

_HERE = Path(__file__).parent
_STYLE = (_HERE / "status.css").read_bytes()
STYLE_TAG = hashlib.sha256(_STYLE).hexdigest()[:12]
INDEX, JSON, FEED, STYLE = "index.html", "status.json", "feed.atom", "status.css"
ICON = "icon.svg"
_ICON = (_HERE.parent / "web" / "static" / ICON).read_bytes()
_ATOM = "http://www.w3.org/2005/Atom"
_MOST_ENTRIES = 50
_UNREADABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Words:
    """How an effect is called: of all services, and of one."""

    title: str
    state: str


WORDS: Mapping[str, Words] = {
    Effect.OPERATIONAL: Words("Everything works", "works"),
    Effect.MAINTENANCE: Words("Maintenance is under way", "maintenance"),
    Effect.DEGRADED: Words("Something is not as it should be", "degraded"),
    Effect.PARTIAL: Words("Something does not work", "partial outage"),
    Effect.MAJOR: Words("A service does not work", "does not work"),
}
_STATUSES: Mapping[str, str] = {
    Status.INVESTIGATING: "We are looking into it",
    Status.IDENTIFIED: "We know the cause",
    Status.MONITORING: "We are watching it",
    Status.RESOLVED: "Resolved",
}
_WORKS: Mapping[str, str] = {
    State.PLANNED: "Announced",
    State.RUNNING: "Under way",
    State.DONE: "Done",
    State.ROLLED_BACK: "Taken back: everything is as before",
    State.FAILED: "Not completed",
    State.CANCELLED: "Does not take place",
    State.MISSED: "Over",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page; the tag changes with its content."""

    content: bytes
    media_type: str
    tag: str


@dataclass(frozen=True, slots=True)
class Look:
    """How the page presents itself.

    Attributes:
        title: Its name.
        zone: IANA name of the time zone of its times.
        url: Where it is, without a slash at the end.
        mail: Whether people can subscribe by e-mail.
        report: URL of the form for reports; empty: there is none.
        action: Where its forms go, with a slash at the end; empty: to where the page itself is.
    """

    title: str
    zone: str
    url: str
    mail: bool = False
    report: str = ""
    action: str = ""


def files(shot: Snapshot, look: Look, *, fresh: bool) -> Mapping[str, File]:
    """Return the page's files by name.

    Args:
        shot: What they say.
        look: How.
        fresh: Whether it is as it is now; otherwise the page says that it is not.
    """
    return {
        INDEX: _file(_page(shot, look, fresh=fresh), "text/html; charset=utf-8"),
        JSON: _file(_json(shot, fresh=fresh), "application/json"),
        FEED: _file(_feed(shot, look), "application/atom+xml; charset=utf-8"),
        STYLE: _file(_STYLE, "text/css; charset=utf-8"),
        ICON: _file(_ICON, "image/svg+xml"),
    }


def _file(content: bytes, media_type: str) -> File:
    return File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _page(shot: Snapshot, look: Look, *, fresh: bool) -> bytes:
    def time(moment: int) -> str:
        return _spoken(local(moment, look.zone), look.zone)

    def when(moment: datetime) -> str:
        return time(round(moment.timestamp()) * SECOND)

    values = {"time": time, "words": WORDS, "statuses": _STATUSES, "works": _WORKS}
    macros: Any = _environment().get_template("macros.html").make_module(values)
    html = (
        _environment()
        .get_template("page.html")
        .render(
            **values,
            shot=shot,
            title=look.title,
            fresh=fresh,
            style=f"{STYLE}?{STYLE_TAG}",
            when=when,
            tell=_tell,
            summary=_summary,
            disruption=macros.disruption,
            mail=look.mail,
            report=look.report,
            action=look.action,
        )
    )
    return html.encode("utf-8", "backslashreplace")


def answer_page(heading: str, text: str, look: Look, place: str, button: str = "") -> str:
    """Return a page that answers a form or a link.

    Args:
        heading: What it is about.
        text: A sentence.
        look: As the status page's.
        place: Where that one is for this answer, with a slash at the end.
        button: What the button does that is on it; empty: there is none.
    """
    return (
        _environment()
        .get_template("answer.html")
        .render(
            heading=heading,
            text=text,
            title=look.title,
            style=f"{place}{STYLE}?{STYLE_TAG}",
            back=place,
            button=button,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _spoken(when: datetime, zone: str) -> str:
    return f"{when.day} {when:%b %Y, %H:%M} ({zone})"


def _tell(day: Day) -> str:
    if day.effect is None:
        return f"{day.date}: not known"
    if day.effect is Effect.OPERATIONAL:
        return f"{day.date}: no disruption"
    return f"{day.date}: {WORDS[day.effect].state}, {day.minutes} min"


def _summary(days: Sequence[Day]) -> str:
    """Return ninety days in one sentence, for those who do not see them."""
    known = [day for day in days if day.effect is not None]
    bad = [day for day in known if day.effect is not Effect.OPERATIONAL]
    if not bad:
        return f"No disruption in the {len(known)} days that are known of the last {len(days)}"
    told = "; ".join(map(_tell, bad[-10:]))
    return f"Disrupted on {len(bad)} of the {len(known)} days that are known: {told}"


def _json(shot: Snapshot, *, fresh: bool) -> bytes:
    data = {
        "as_of": format_time(shot.at),
        "fresh": fresh,
        "status": str(shot.worst),
        "services": [
            {
                "id": row.service.key,
                "name": row.service.name,
                "so_that": row.service.so_that,
                "status": str(row.effect),
                "days": [
                    {
                        "date": day.date.isoformat(),
                        "status": None if day.effect is None else str(day.effect),
                        "minutes": day.minutes,
                    }
                    for day in row.days
                ],
            }
            for row in shot.rows
        ],
        "disruptions": [_plain(one) for one in (*shot.current, *shot.past)],
        "maintenance": [
            {
                "id": one.id,
                "what": one.what,
                "impact": one.impact,
                "workaround": one.workaround,
                "starts": one.starts.astimezone(UTC).isoformat(),
                "ends": one.ends.astimezone(UTC).isoformat(),
                "announced": one.announced.astimezone(UTC).isoformat(),
                "in_time": one.in_time,
                "status": str(one.state),
            }
            for one in shot.planned
        ],
    }
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def _plain(one: Disruption) -> Mapping[str, Any]:
    facts = one.facts
    return {
        "reference": facts.reference,
        "service": facts.service.key,
        "site": facts.site.name if facts.site and facts.site.listed else None,
        "status": str(one.status),
        "effect": str(facts.effect),
        "began": format_time(facts.began),
        "ended": None if facts.ended is None else format_time(facts.ended),
        "posts": [
            {
                "at": format_time(post.at),
                "kind": str(post.kind),
                "subject": post.text.subject,
                "text": post.text.body,
            }
            for post in one.posts
        ],
    }


def _feed(shot: Snapshot, look: Look) -> bytes:
    posts = sorted(
        (post for one in (*shot.current, *shot.past) for post in one.posts), key=lambda p: -p.id
    )[:_MOST_ENTRIES]
    feed = ET.Element("feed", {"xmlns": _ATOM})
    _add(feed, "id", f"{look.url}/")
    _add(feed, "title", look.title)
    _add(feed, "updated", format_time(max((post.at for post in posts), default=shot.at)))
    author = ET.SubElement(feed, "author")
    _add(author, "name", look.title)
    ET.SubElement(feed, "link", {"rel": "self", "href": f"{look.url}/{FEED}"})
    ET.SubElement(feed, "link", {"href": f"{look.url}/"})
    for post in posts:
        _entry(feed, post, look)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text


def _entry(feed: ET.Element, post: Post, look: Look) -> None:
    entry = ET.SubElement(feed, "entry")
    _add(entry, "id", f"{look.url}/#{post.id}")
    _add(entry, "title", post.text.subject)
    _add(entry, "updated", format_time(post.at))
    ET.SubElement(entry, "link", {"href": f"{look.url}/"})
    content = ET.SubElement(entry, "content", {"type": "text"})
    content.text = _UNREADABLE.sub("�", post.text.body)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _UNREADABLE.sub("�", text)
