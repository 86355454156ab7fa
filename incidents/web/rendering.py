"""Templates to pages: what each has, its script, and the policy of content that goes with it."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sothat.incidents.labels import where
from sothat.incidents.roles import Caller
from sothat.incidents.roster import nanoseconds
from sothat.incidents.times import format_time
from sothat.incidents.web import words
from sothat.incidents.web.answers import html_answer
from starlette.responses import Response

_HERE = Path(__file__).parent
STYLE = (_HERE / "static" / "style.css").read_bytes()
ICON = (_HERE / "static" / "icon.svg").read_bytes()
_SCRIPT = (_HERE / "static" / "live.js").read_text(encoding="utf-8")


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


# The one script stands in the page, and runs because it is the one with this hash: nothing else
# does, whatever finds its way into a page.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    f"script-src 'sha256-{_digest(_SCRIPT.encode())}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Changes with the content, so that a browser may keep it for good.
STYLE_TAG = hashlib.sha256(STYLE).hexdigest()[:12]


class Renderer:
    """Renders pages.

    Args:
        clock: Nanoseconds since 1970.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._templates = _environment()

    def page(
        self, template: str, status: int = 200, *, caller: Caller | None, **values: Any
    ) -> Response:
        """Return a page."""
        shown = {"now": self._clock(), "visitor": caller, **values}
        html = self._templates.get_template(template).render(shown)
        response = html_answer(html, status)
        response.headers["Content-Security-Policy"] = POLICY
        return response


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=format_time,
        clock=words.clock,
        age=words.age,
        clock_words=words.clock_words,
        safe_link=words.safe_link,
        running=words.running,
        where=where,
        milliseconds=words.milliseconds,
        nanoseconds=nanoseconds,
    )
    # Safe by construction: a file of this package.
    environment.globals.update(script=Markup(_SCRIPT), style_tag=STYLE_TAG)  # noqa: S704
    return environment
