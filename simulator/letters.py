"""The mailbox of the simulation: whatever is mailed to anybody lies here, as files and pages.

It takes letters for every address and sends none on, so that a demo can write to people who do not
exist. Letters may hold signed links: the files are their owner's alone, the pages on loopback.
"""

import contextlib
import email
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from html import escape
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

FOLDER = "letters"
KEPT = 500
_OWNER_ONLY = 0o600
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · mailbox of the demo</title>
<style>
html {{ background: Canvas; color: CanvasText; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 1rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }}
li {{ padding: 0.5rem 0; }} small {{ display: block; }}
pre {{ font: inherit; white-space: pre-wrap; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }} dd {{ margin: 0; }}
</style>
</head>
<body><main>
<h1>{title}</h1>
{content}
</main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as people read it.

    Attributes:
        came: When it was taken in, as ``2026-01-05 10:00:00 UTC``.
    """

    number: int
    came: str
    sender: str
    to: str
    subject: str
    text: str


class Letters:
    """The letters in a folder, one file each; the newest are kept.

    Args:
        folder: Made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._last = max(self._numbers(), default=0)

    def take(self, content: bytes) -> None:
        """Keep a letter.

        Raises:
            OSError: It cannot be written.
        """
        number = self._last + 1
        with open(self._file(number), "wb", opener=_owners_only) as stream:
            stream.write(content)
        self._last = number
        self._file(number - KEPT).unlink(missing_ok=True)

    def newest(self) -> Iterator[Letter]:
        """Yield all letters, the newest first."""
        for number in sorted(self._numbers(), reverse=True):
            if found := self.letter(number):
                yield found

    def letter(self, number: int) -> Letter | None:
        """Return a letter, None if there is none of this number."""
        file = self._file(number)
        try:
            return _read(number, file.read_bytes(), file.stat().st_mtime)
        except FileNotFoundError:
            return None

    def _numbers(self) -> Iterator[int]:
        return (int(file.stem) for file in self._folder.glob("*.eml") if file.stem.isdecimal())

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:05}.eml"


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)


def _read(number: int, content: bytes, written: float) -> Letter:
    found = email.message_from_bytes(content)
    return Letter(
        number,
        came=f"{datetime.fromtimestamp(written, UTC):%Y-%m-%d %H:%M:%S} UTC",
        sender=_header(found, "from"),
        to=_header(found, "to"),
        subject=_header(found, "subject"),
        text=_text(found),
    )


def _header(message: Message, name: str) -> str:
    """Return a header as people read it; as it came where it cannot be decoded."""
    text = str(message.get(name, ""))
    with contextlib.suppress(LookupError, ValueError):
        return str(make_header(decode_header(text)))
    return text


def _text(message: Message) -> str:
    plain = (part for part in message.walk() if part.get_content_type() == "text/plain")
    content = next((part.get_payload(decode=True) for part in plain), None)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


class Mailbox:
    """Answers a mail client's commands; the names are aiosmtpd's."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_DATA(  # noqa: N802 – aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take a letter in."""
        try:
            self._letters.take(envelope.content)
        except OSError as error:
            return f"452 4.3.1 it cannot be kept: {error.strerror}"
        return "250 2.0.0 it lies in the mailbox"


class LetterPages:
    """Shows the letters, to programs and to people."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def routes(self) -> Iterator[Route]:
        """Yield the routes."""
        yield Route("/api/v1/letters", self.all)
        yield Route("/letters", self.index)
        yield Route("/letters/{number:int}", self.one)

    async def all(self, _: Request) -> Response:
        """``/api/v1/letters``."""
        return JSONResponse({"letters": [asdict(letter) for letter in self._letters.newest()]})

    async def index(self, _: Request) -> Response:
        """``/letters``."""
        lines = "\n".join(map(_line, self._letters.newest()))
        return _page("Letters", f"<ul>\n{lines}\n</ul>" if lines else "<p>Nothing yet.</p>")

    async def one(self, request: Request) -> Response:
        """``/letters/{number}``."""
        letter = self._letters.letter(request.path_params["number"])
        if letter is None:
            raise HTTPException(404, "there is no letter of this number")
        facts = {"From": letter.sender, "To": letter.to, "Came": letter.came}
        shown = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
        content = f"<dl>{shown}</dl>\n<pre>{_linked(letter.text)}</pre>"
        back = '<p><a href="/letters">All letters</a></p>'
        return _page(letter.subject, f"{content}\n{back}")


def _line(letter: Letter) -> str:
    link = f'<a href="/letters/{letter.number}">{escape(letter.subject)}</a>'
    return f"<li>{link} <small>to {escape(letter.to)}, {letter.came}</small></li>"


def _linked(text: str) -> str:
    """Return a text as HTML, its addresses as links."""
    found: list[str] = []
    rest = 0
    for match in _LINK.finditer(text):
        link = escape(match[0])
        found += [escape(text[rest : match.start()]), f'<a href="{link}">{link}</a>']
        rest = match.end()
    return "".join((*found, escape(text[rest:])))


def _page(title: str, content: str) -> Response:
    html = _PAGE.format(title=escape(title), content=content)
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
    return HTMLResponse(html, headers=headers)
