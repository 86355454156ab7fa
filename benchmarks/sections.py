"""Sections of the page with the exporters' figures: each benchmark writes its own."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

_PAGE = Path("docs/quality/exporters.md")


def tell(title: str, said: str, table: str) -> None:
    """Print a table; where SOTHAT_WRITE_BENCHMARKS is set, write its section of the page too.

    Args:
        title: Of the section, which must be there.
        said: What the figures mean, and what the benchmark asserts.
        table: Markdown.
    """
    print(f"\n{table}")
    if os.environ.get("SOTHAT_WRITE_BENCHMARKS"):
        section = f"## {title}\n\n{said}\n\n{table}\n\n{_measured()}\n\n"
        _PAGE.write_text(_replaced(_PAGE.read_text(encoding="utf-8"), title, section), "utf-8")


def _replaced(page: str, title: str, section: str) -> str:
    found = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    text, times = found.subn(lambda _: section, page)
    assert times == 1, f"the page has no section {title}"
    return text.rstrip() + "\n"


def _measured() -> str:
    when = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {when}: {machine}, load {os.getloadavg()[0]:.1f}."
