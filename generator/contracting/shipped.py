"""The contracts of third-party sources that come with sothat.

Each is written as YAML, for people. Reading all of it takes longer than the editor's loop allows,
so the same data lies beside it as JSON, each contract under the digest of the YAML it was taken
from. Where the digest no longer fits (somebody has edited the YAML), the YAML is read instead.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sothat.generator.contracting.document import contract_of, data_of, read_contract
from sothat.model.metric import Contract

COMPILED = "compiled.json"
CLIENT_LIBRARIES = "client-libraries"


def shipped_contracts() -> tuple[Contract, ...]:
    """Return every shipped contract, sorted by name.

    Raises:
        Unusable: A file is not of the schema.
    """
    with as_file(files("sothat.generator").joinpath("contracts")) as folder:
        return load_folder(folder)


def load_folder(folder: Path) -> tuple[Contract, ...]:
    """Return the contracts of a folder, sorted by name, from ``compiled.json`` where it is fresh.

    Raises:
        Unusable: A file is not of the schema.
    """
    compiled = _read_compiled(folder)
    return tuple(_contract(file, compiled) for file in _sources(folder))


def compile_contracts(folder: Path) -> str:
    """Return the text of a folder's ``compiled.json``: one family a line, so that changes show.

    Raises:
        Unusable: A file is not of the schema.
    """
    entries = ",\n".join(f"{json.dumps(f.stem)}: {_entry(f)}" for f in _sources(folder))
    return f"{{\n{entries}\n}}\n"


def _entry(file: Path) -> str:
    data = data_of(read_contract(file))
    families = ",\n".join(map(_line, data.pop("families")))
    digest = json.dumps(_digest(file))
    return f'{{"digest": {digest}, "head": {_line(data)}, "families": [\n{families}\n]}}'


def _line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _contract(file: Path, compiled: Mapping[str, Any]) -> Contract:
    entry = compiled.get(file.stem)
    if entry is None or entry["digest"] != _digest(file):
        return read_contract(file)
    return contract_of({**entry["head"], "families": entry["families"]})


def _read_compiled(folder: Path) -> Mapping[str, Any]:
    try:
        compiled: Mapping[str, Any] = json.loads((folder / COMPILED).read_text("utf-8"))
    except (OSError, ValueError):  # only a copy: the YAML says the same, more slowly
        return {}
    return compiled


def _sources(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("*.yaml"))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Write ``compiled.json`` anew; run it after every change of a shipped contract."""
    with as_file(files("sothat.generator").joinpath("contracts")) as folder:
        (folder / COMPILED).write_text(compile_contracts(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
