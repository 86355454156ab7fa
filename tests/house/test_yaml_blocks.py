"""The YAML of the pages is of the kind that it says, or fits into one, or is another program's."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document, parse_documents
from sothat.runtime.schema import validate

from .blocks import ROOT, Block, blocks, pages
from .fragments import SHORTENED, faults
from .schemas import kinds

BLOCKS = [block for page in pages() for block in blocks(page) if block.language == "yaml"]
# How examples of problems are divided: above a part, or at the end of a line.
PART = re.compile(r"^# ([^\n]*)\n", re.MULTILINE)
REFUSED = re.compile(r"^.*# refused.*\n", re.MULTILINE)
# A file of another program, by the comment that it begins with.
FOREIGN = re.compile(r"# (alertmanager|prometheus)\.yml\b")
# Other programs' files, and the command that checks one.
CHECKERS = {
    "prometheus.yml": ("promtool", "check", "config", "--syntax-only"),
    "alertmanager.yml": ("amtool", "check-config"),
}


def wrong(block: Block) -> list[str]:
    """Return what is wrong with a block, a sentence each."""
    if {"not run", "foreign", "checked as"} & set(block.marks) or FOREIGN.match(block.text):
        return []
    try:
        found = [fault for text in _texts(block) for fault in _wrong(text, block)]
    except Unusable as error:
        found = [problem.message for problem in error.problems]
    if "refused" in block.marks:
        return [] if found else ["it is said to be refused, and is not"]
    return found


def _texts(block: Block) -> Iterator[str]:
    """Yield what is to be right: of an example of a problem, the part that is accepted."""
    if block.page.parent.name != "problems":
        yield block.text
        return
    first, *pieces = PART.split(block.text)
    yield from filter(None, [REFUSED.sub("", first)])
    for verdict, text in zip(pieces[::2], pieces[1::2], strict=True):
        # Rules are judged by test_problem_examples.py.
        refused = verdict.startswith(("refused", "warned"))
        if not refused and not text.startswith(("- alert:", "- record:", "groups:")):
            yield REFUSED.sub("", text)


def _wrong(text: str, block: Block) -> list[str]:
    if all(line.startswith("#") for line in text.splitlines()):
        return []
    document = parse_document(text, str(block))
    if isinstance(document.data, dict) and "apiVersion" in document.data:
        found = validate(document, kinds()[document.data["kind"]])
        return [problem.message for problem in found if SHORTENED not in problem.message]
    return faults(text, str(block))


def program(name: str) -> str:
    """Return the path of a tool: from SOTHAT_TOOLS, else from PATH."""
    path = os.pathsep.join((os.environ.get("SOTHAT_TOOLS", ""), os.environ["PATH"]))
    found = shutil.which(name, path=path)
    assert found, f"{name} is not here"
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_is_what_it_says(block: Block) -> None:
    assert wrong(block) == []


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if "checked as" in block.marks], ids=str
)
def test_another_programs_file_is_accepted_by_it(block: Block, tmp_path: Path) -> None:
    file = tmp_path / block.marks["checked as"]
    file.write_text(block.text, encoding="utf-8")
    tool, *words = CHECKERS[file.name]
    done = subprocess.run(
        [program(tool), *words, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", [b for b in BLOCKS if "foreign" in b.marks], ids=str)
def test_what_nobody_checks_here_is_yaml_at_least(block: Block) -> None:
    for text in _texts(block):
        assert parse_documents(text, str(block))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n  - type: host\n", ""),
        ("apiVersion: sothat/v1\nkind: Exporter\ncolectors:\n  - type: host\n", "unknown key"),
        ("collectors:\n  - type: host\n", ""),
        ("- {type: host, interval: 30s}\n", ""),
        ("- {type: host, intervall: 30s}\n", "intervall"),
        ("channels:\n  office: {type: log}\n", ""),
        ("collectors: 3\n", "must be a list"),
        ("nothing_of: ours\n", "no kind of document has these keys"),
        ("office: {type: log}\n", ""),
        ("office: {type: log, colour: red}\n", "these keys together"),
    ],
)
def test_a_slip_is_found(text: str, fault: str) -> None:
    block = Block(ROOT / "README.md", 1, "yaml", text, {}, "")
    found = wrong(block)
    assert bool(found) == bool(fault)
    assert fault in "".join(found)
