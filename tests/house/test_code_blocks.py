"""Python, JSON and SQL of the pages: it parses; what can be run alone runs."""

import ast
import json
import re

import pytest

from .blocks import Block, blocks, pages

# Of the reader's own pack; a tutorial's files run where its reader has put them.
READERS = re.compile(r"^(from|import) our_", re.MULTILINE)
BLOCKS = [block for page in pages() for block in blocks(page)]
KNOWN = {
    "sh",
    "console",
    "yaml",
    "python",
    "json",
    "promql",
    "sql",
    "text",
    "markdown",
    "mermaid",
}


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def test_every_block_says_what_it_is() -> None:
    """A block without a language is one that no program reads."""
    assert {block.language for block in BLOCKS} <= {*KNOWN, ""}
    commands = [b for b in of("") if b.text.lstrip().startswith(("$ ", "- job_name"))]
    assert list(map(str, commands)) == []


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize(
    "block",
    [b for b in of("python") if not ("not run" in b.marks or b.file or READERS.search(b.text))],
    ids=str,
)
def test_python_runs(block: Block) -> None:
    exec(compile(block.text, str(block), "exec"), {"__name__": "page"})  # noqa: S102 – our own


@pytest.mark.parametrize("block", of("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


def test_whatever_is_not_run_says_why() -> None:
    told = [mark for block in BLOCKS for mark in ("not run", "foreign") if mark in block.marks]
    short = [
        str(b) for b in BLOCKS for m in ("not run", "foreign", "refused") if b.marks.get(m) == ""
    ]
    assert told
    assert short == []
