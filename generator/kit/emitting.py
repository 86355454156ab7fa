"""What every emitter has to do: the same bytes every time, which their reader can read."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml
from sothat.generator.compile import compile_catalogue
from sothat.generator.kit.inputs import installed
from sothat.model.artefact import Artefact
from sothat.runtime.kit import ContractBroken

if TYPE_CHECKING:
    from sothat.generator.emitter import Emitter

# In another process sets come in another order, the day begins elsewhere, or it is another day.
_HERE: Mapping[str, str] = MappingProxyType({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"})
_ELSEWHERE: Mapping[str, str] = MappingProxyType({"PYTHONHASHSEED": "2", "TZ": "Pacific/Pago_Pago"})
_LATER = timedelta(days=400, hours=5, seconds=7)
_PROGRAM = "import sys; from sothat.generator.kit.emitting import digests; digests(*sys.argv[1:])"
_LATER_PROGRAM = f"from sothat.runtime.kit.later import shift; shift({_LATER.total_seconds()}); "
_PATIENCE_SECONDS = 240.0


def parsed_by_suffix(artefact: Artefact) -> None:
    """Parse JSON and YAML; of other files nothing is known."""
    suffix = PurePosixPath(artefact.path).suffix
    if suffix == ".json":
        json.loads(artefact.text)
    elif suffix in (".yaml", ".yml"):
        list(yaml.safe_load_all(artefact.text))


@dataclass(frozen=True, slots=True)
class Emitting:
    """An emitter, and what to try it on.

    Attributes:
        module: Dotted name of the module with ``EMITTER``, as the entry point has it.
        catalogue: The folder of a sound catalogue.
        parse: Reads an artefact as its consumer does, and raises where that cannot.
    """

    module: str
    catalogue: Path
    parse: Callable[[Artefact], None] = parsed_by_suffix


def check_deterministic(emitting: Emitting) -> None:
    """Check that a process in another time zone, with sets in another order, makes the same bytes.

    Raises:
        ContractBroken: It does not.
    """
    _same(emitting, (_PROGRAM, _HERE), (_PROGRAM, _ELSEWHERE), "order of sets or the time zone")


def check_timeless(emitting: Emitting) -> None:
    """Check that the bytes are the same at another time of another day.

    Raises:
        ContractBroken: They are not.
    """
    _same(emitting, (_PROGRAM, _HERE), (_LATER_PROGRAM + _PROGRAM, _HERE), "clock")


def check_paths(emitting: Emitting) -> None:
    """Check that there are artefacts, each at a path of its own below the output's folder.

    Raises:
        ContractBroken: There are none, or a path leads elsewhere or is taken twice.
    """
    paths = [artefact.path for artefact in _made(emitting, emitting.catalogue)]
    if not paths:
        raise ContractBroken("nothing is made of a sound catalogue")
    for path in paths:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or str(pure) != path:
            raise ContractBroken(f"the path {path!r} is none below the output's folder")
    twice = {path for path in paths if paths.count(path) > 1}
    if twice:
        raise ContractBroken(f"two artefacts of one path: {', '.join(sorted(twice))}")


def check_parsed(emitting: Emitting) -> None:
    """Check that the consumer of each artefact can read it.

    Raises:
        ContractBroken: It cannot.
    """
    for artefact in _made(emitting, emitting.catalogue):
        try:
            emitting.parse(artefact)
        except Exception as error:
            raise ContractBroken(f"{artefact.path} cannot be read: {error}") from error


EMITTER_CHECKS: tuple[Callable[[Emitting], None], ...] = (
    check_deterministic,
    check_timeless,
    check_paths,
    check_parsed,
)


def digests(module: str, catalogue: str) -> None:
    """Print the digest of each artefact as JSON; the checks run it in processes of its own."""
    made = _made(Emitting(module, Path(catalogue)), Path(catalogue))
    found = {each.path: hashlib.sha256(each.text.encode()).hexdigest() for each in made}
    sys.stdout.write(json.dumps(found))


_Process = tuple[str, Mapping[str, str]]


def _same(emitting: Emitting, one: _Process, other: _Process, what: str) -> None:
    """See that two processes make the same.

    Raises:
        ContractBroken: They do not, or one fails.
    """
    asked = [emitting.module, str(emitting.catalogue)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, *asked],
            env={**os.environ, **world},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for program, world in (one, other)
    ]
    first, second = map(_answer, running)
    differing = sorted(path for path in {*first, *second} if first.get(path) != second.get(path))
    if differing:
        raise ContractBroken(f"what is made depends on the {what}: {', '.join(differing)}")


def _answer(process: "subprocess.Popen[bytes]") -> Mapping[str, str]:
    out, error = process.communicate(timeout=_PATIENCE_SECONDS)
    if process.returncode:
        raise ContractBroken(f"it fails in a process of its own: {error.decode()[-2000:]}")
    found: Mapping[str, str] = json.loads(out)
    return found


def _made(emitting: Emitting, catalogue: Path) -> list[Artefact]:
    emitter: Emitter = import_module(emitting.module).EMITTER
    return list(emitter(compile_catalogue(installed(catalogue), ())))
