"""Shell text as the programs that it runs, found by a real parser of the language."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_ARGUMENTS = frozenset({"command_name", "word", "string", "raw_string", "number", "concatenation"})
_EXPANSIONS = frozenset({"simple_expansion", "expansion", "command_substitution"})
# Characters; the parser's memory grows with the square of a pipe's length.
LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command.

    Attributes:
        text: What the program sees, quotes taken off.
        offset: Where it begins in the shell text, in characters.
        fixed: Whether the shell changes nothing of it when it runs.
    """

    text: str
    offset: int
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """A program's name and its words, without assignments and redirections."""

    words: tuple[Word, ...]

    @property
    def name(self) -> Word:
        """Return the program's name."""
        return self.words[0]


@dataclass(frozen=True, slots=True)
class Script:
    """Every command of a shell text, those in pipes, loops and substitutions included.

    Attributes:
        mistake: Offset of the first thing that is no shell language, or of what is beyond the
            `LONGEST` text that is read at all; None: all of it is fine.
    """

    commands: tuple[Command, ...]
    mistake: int | None


@lru_cache(maxsize=4_096)
def read_shell(text: str) -> Script:
    """Return the commands of a shell text, in order; of one that is too long, none."""
    if len(text) > LONGEST:
        return Script((), LONGEST)
    content = text.encode()
    root = Parser(_language()).parse(content).root_node
    commands = (_command(node, content) for node in _nodes(root) if node.type == "command")
    named = tuple(c for c in commands if c.words and c.name.text)
    return Script(named, _mistake(root, content))


@cache
def _language() -> Language:
    return Language(tree_sitter_bash.language())


def _nodes(root: Node) -> Iterator[Node]:
    """Yield a node and all below it in the order of the text, however deep they are nested."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _mistake(root: Node, content: bytes) -> int | None:
    if not root.has_error:
        return None
    wrong = (node for node in _nodes(root) if node.is_error or node.is_missing)
    at = next((node.start_byte for node in wrong), 0)
    blank = len(content[at:]) - len(content[at:].lstrip())
    return _characters(content, min(at + blank, len(content)))


def _command(node: Node, content: bytes) -> Command:
    return Command(
        tuple(
            Word(
                _unquoted(child),
                _characters(content, child.start_byte),
                fixed=not any(part.type in _EXPANSIONS for part in _nodes(child)),
            )
            for child in node.children
            if child.type in _ARGUMENTS or child.type in _EXPANSIONS
        )
    )


def _characters(content: bytes, at: int) -> int:
    return len(content[:at].decode("utf-8", "replace"))


def _unquoted(node: Node) -> str:
    if node.type in ("command_name", "concatenation"):
        return "".join(_unquoted(child) for child in node.children)
    text = (node.text or b"").decode("utf-8", "replace")
    return text[1:-1] if node.type in ("string", "raw_string") else text.replace("\\", "")
