"""The last touches on what the generator wrote."""

import hashlib
import re
from pathlib import Path

_INLINE = re.compile(r"<script>(?P<code>.*?)</script>", re.DOTALL)
_SCRIPTS = "assets/javascripts"


def finish(site: Path) -> None:
    """Move scripts within pages to files, so that a strict policy of content lets them run.

    The page for what is not there is taken out: it would point at the root of the server.
    """
    (site / "404.html").unlink(missing_ok=True)
    scripts: dict[str, str] = {}

    def moved(found: re.Match[str]) -> str:
        name = f"inline-{hashlib.sha256(found['code'].encode()).hexdigest()[:8]}.js"
        scripts[name] = found["code"]
        return f'<script src="{_SCRIPTS}/{name}"></script>'

    for page in sorted(site.glob("*.html")):
        page.write_text(_INLINE.sub(moved, page.read_text("utf-8")), "utf-8")
    for name, code in scripts.items():
        (site / _SCRIPTS / name).write_text(code, "utf-8")
