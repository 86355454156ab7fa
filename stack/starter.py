"""A team's own pack in the making: an example under another name."""

import keyword
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from sothat.model.problem import Unusable, unusable
from sothat.stack.shipped import shipped

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# A board is named after the pack, and Grafana's documentation, stricter than its code, has uids of
# 8 to 40 characters: `-sdk`, `-grafanalib`.
_LENGTHS = range(4, 30)
# What building and running an example leaves behind.
_LEFT_BEHIND = re.compile(r"__pycache__|.*\.egg-info|compiled|build|\.venv|\.pytest_cache")
# Folders that lie beside the module, and what building a pack writes there.
_BESIDE = {"alert_rules", "runbooks", "tests", "compiled", "build", "dist", "exporter", "values"}


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
    called = folder.resolve().name
    plain = unicodedata.normalize("NFKD", called).encode("ascii", "ignore").decode("ascii")
    return sound_name(re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-"), of=called)


def sound_name(name: str, of: str | None = None) -> str:
    """Return a name that is one of a package.

    Args:
        name: The name.
        of: What it was made of, for the sentence of a refusal; the name itself where left out.

    Raises:
        Unusable: It is none, or its module would stand in for another.
    """
    if not _NAME.fullmatch(name):
        hint = "small letters, digits and single hyphens, a letter first: --name my-shop"
        raise unusable(
            "bad-name", f"'{name if of is None else of}' is no name for a pack", hint=hint
        )
    if len(name) not in _LENGTHS:
        hint = f"{_LENGTHS[0]} to {_LENGTHS[-1]} characters, for its boards are named after it"
        raise unusable(
            "bad-name", f"'{name:.80}' is no name for a pack", hint=f"{hint}: --name my-shop"
        )
    taken = _taken(name.replace("-", "_"))
    if taken:
        message = f"'{name}' is no name for a pack: {taken}"
        raise unusable("bad-name", message, hint=f"say another: --name {name}-alerts")
    return name


def _taken(module: str) -> str:
    """Return who has the name of a module already, in words; empty if nobody."""
    if keyword.iskeyword(module):
        return "it is a word of Python's language"
    if module in sys.stdlib_module_names or module == "test":
        return "a module of Python has it"
    if module in _BESIDE:
        return "a folder of the pack has it"
    others = [each for each in packages_distributions().get(module, ()) if not _is_pack(each)]
    return f"a module of {others[0]} has it" if others else ""


def _is_pack(package: str) -> bool:
    """Return whether an installed package is a team's own: it may be begun anew under its name."""
    groups = distribution(package).entry_points.groups
    return package != "sothat" and any(group.startswith("sothat.") for group in groups)


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
