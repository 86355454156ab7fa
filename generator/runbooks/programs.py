"""Which programs runbooks may use, and which of them run others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from sothat.generator.runbooks.shell import Command, Word, read_shell
from sothat.runtime.documents import parse_document

# Commands that run one another; each may be a shell text that is to be read.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Wrapper:
    """How a program runs another (``sudo``, ``timeout``).

    Attributes:
        valued: Its options that take the next word as their value.
        words: How many words of its own stand before the other program.
        shell: What follows is one shell text, not a program and its words.
        after: The word that the other program follows, such as ``--``; empty: none is needed.
    """

    valued: frozenset[str]
    words: int = 0
    shell: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Programs:
    """Names of the known programs, and how some run others."""

    known: frozenset[str]
    wrappers: Mapping[str, Wrapper]


@cache
def shipped_programs() -> Programs:
    """Return the list that comes with the package."""
    source = files("sothat.generator.runbooks").joinpath("programs.yaml")
    data = parse_document(source.read_text("utf-8"), "programs.yaml").data
    wrappers = {name: _wrapper(part or {}) for name, part in data["wrappers"].items()}
    known = (name for names in data["programs"].values() for name in names)
    return Programs(frozenset((*known, *wrappers)), MappingProxyType(wrappers))


def _wrapper(data: Mapping[str, Any]) -> Wrapper:
    valued = frozenset(data.get("valued", ()))
    return Wrapper(valued, data.get("words", 0), data.get("shell", False), data.get("after", ""))


def program_of(word: Word) -> str:
    """Return a program's name without the folder that it lies in."""
    return PurePosixPath(word.text).name


def all_commands(command: Command, wrappers: Mapping[str, Wrapper]) -> Iterator[Command]:
    """Yield a command, and those that it runs in turn, as deep as anybody nests them."""
    waiting = [(command, _DEEPEST)]
    while waiting:
        outer, further = waiting.pop()
        yield outer
        if further:
            inner = tuple(_run_by(outer, wrappers))
            waiting.extend((each, further - 1) for each in reversed(inner))


def _run_by(command: Command, wrappers: Mapping[str, Wrapper]) -> Iterator[Command]:
    """Yield the commands that a command runs itself."""
    wrapper = wrappers.get(program_of(command.name))
    rest = _after_own_words(command.words[1:], wrapper) if wrapper else ()
    if wrapper and wrapper.shell and rest:
        yield from _script(rest)
    elif rest:
        yield Command(tuple(rest))


def _script(words: Sequence[Word]) -> Iterator[Command]:
    """Yield the commands of words that a shell reads once more; they stand at its first word."""
    text = " ".join(word.text for word in words)
    for command in read_shell(text).commands:
        moved = (Word(w.text, words[0].offset, w.fixed) for w in command.words)
        yield Command(tuple(moved))


def _after_own_words(words: Sequence[Word], wrapper: Wrapper) -> Sequence[Word]:
    """Return what is left after a wrapper's options, assignments and own words."""
    if wrapper.after:
        texts = [word.text for word in words]
        return words[texts.index(wrapper.after) + 1 :] if wrapper.after in texts else ()
    own, at = wrapper.words, 0
    while at < len(words):
        text = words[at].text
        if text in wrapper.valued:
            at += 2
        elif text.startswith("-") or _is_assignment(text):
            at += 1
        elif own:
            own, at = own - 1, at + 1
        else:
            break
    return words[at:]


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.isidentifier()
