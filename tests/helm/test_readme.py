"""The chart's README is what values.yaml says; write it anew by running this file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .charts import CHART

PAGE = CHART / "README.md"
HEAD = Path(__file__).with_name("readme_head.txt")
_KEY = re.compile(r"^( *)([A-Za-z]+):")


def rows(text: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each explained value, and its explanation."""
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("# --"):
            comment = [stripped.removeprefix("# --").strip()]
        elif stripped.startswith("#") and comment:
            comment.append(stripped.removeprefix("#").strip())
        elif match := _KEY.match(line):
            depth = len(match[1])
            path = [*((d, name) for d, name in path if d < depth), (depth, match[2])]
            if comment:
                yield ".".join(name for _, name in path), " ".join(comment)
            comment = []


def value_at(values: Any, path: str) -> str:
    """Return a default as one line."""
    for part in path.split("."):
        values = values[part]
    return "see `values.yaml`" if path == "exporters" else f"`{json.dumps(values)}`"


def page() -> str:
    """Return the page as values.yaml has it."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    lines = (f"| `{path}` | {said} | {value_at(values, path)} |" for path, said in rows(text))
    return HEAD.read_text(encoding="utf-8") + "\n".join(lines) + "\n"


def test_the_readme_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_value_is_explained() -> None:
    """A branch of the values explains itself, or each of its leaves does."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    said = {path for path, _ in rows(text)}
    values = yaml.safe_load(text)
    missing = [path for path in leaves(values, "") if not any(_within(path, one) for one in said)]
    assert missing == []


def leaves(values: Any, prefix: str) -> Iterator[str]:
    if not isinstance(values, dict) or not values:
        yield prefix.rstrip(".")
        return
    for name, value in values.items():
        yield from leaves(value, f"{prefix}{name}.")


def _within(path: str, explained: str) -> bool:
    return path == explained or path.startswith(f"{explained}.")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
