"""A team's own pack in the making: an example under another name."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sothat.model.problem import Unusable, unusable
from sothat.stack.shipped import shipped

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What building and running an example leaves behind.
_LEFT_BEHIND = re.compile(r"__pycache__|.*\.egg-info|compiled|build|\.venv|\.pytest_cache")


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of a pack; its path is relative to the pack's folder."""

    path: Path
    text: str


def examples() -> tuple[str, ...]:
    """Return the names of the packs that one can begin with."""
    return tuple(sorted(each.name for each in shipped("packs").iterdir() if each.is_dir()))


def name_for(folder: Path) -> str:
    """Return the name of a pack in a folder: that of the folder, as packages are named.

    Raises:
        Unusable: It makes no name.
    """
    return sound_name(re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-"))


def sound_name(name: str) -> str:
    """Return a name that is one of a package.

    Raises:
        Unusable: It is none.
    """
    if _NAME.fullmatch(name):
        return name
    hint = "small letters, digits and single hyphens, a letter first: --name my-shop"
    raise unusable("bad-name", f"'{name}' is no name for a pack", hint=hint)


def pack_files(example: str, name: str) -> Iterator[PackFile]:
    """Yield the files of a pack that is like an example, under its own name.

    Raises:
        Unusable: There is no such example.
    """
    if example not in examples():
        raise _unknown(example)
    folder = shipped(f"packs/{example}")
    called = _called(folder)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        path = file.relative_to(folder)
        if not any(map(_LEFT_BEHIND.fullmatch, path.parts)):
            text = file.read_text(encoding="utf-8")
            target = Path(*(_placed(part, called, name) for part in path.parts))
            yield PackFile(target, _renamed(text, called, name))


def _called(folder: Path) -> str:
    """Return the name of an example's package, which is what its files say."""
    told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["name"])


def _placed(part: str, called: str, name: str) -> str:
    """Return a part of a path: what begins with a dot does not travel in a package as it is."""
    return re.sub(r"^dot(?=\.)", "", _renamed(part, called, name))


def _renamed(text: str, called: str, name: str) -> str:
    module = called.replace("-", "_")
    return text.replace(called, name).replace(module, name.replace("-", "_"))


def _unknown(example: str) -> Unusable:
    hint = f"there are {', '.join(examples())}"
    return unusable("unknown-example", f"no example is called '{example}'", hint=hint)
