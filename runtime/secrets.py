"""Secrets come from files or the environment, never from a configuration's text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sothat.model.problem import Unusable
from sothat.runtime.documents import Document
from sothat.runtime.reading import read_first

# More than any key; a device that never ends is no secret.
_MAX_BYTES = 1 << 20

# What a configuration writes where a secret is wanted: {file: PATH} or {env: NAME}. What stands
# there instead is a secret, most likely: with writeOnly, no problem shows it.
SECRET_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "writeOnly": True,
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "file": {"type": "string", "minLength": 1},
        "env": {"type": "string", "minLength": 1},
    },
}


class Secret:
    """A text that never shows itself by accident: only ``reveal`` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret's text."""
        return self._text

    def __repr__(self) -> str:
        """Return a placeholder."""
        return "Secret(…)"

    __str__ = __repr__


def resolve_secret(
    document: Document,
    path: Sequence[str | int],
    environment: Mapping[str, str],
    folder: Path,
) -> Secret:
    """Return the secret that the mapping at a path names.

    A relative file is taken from the given folder; a trailing line end is dropped.

    Raises:
        Unusable: The file or the variable is missing or empty.
    """
    node = document.data
    for part in path:
        node = node[part]
    if "env" in node:
        text, where = environment.get(node["env"], ""), [*path, "env"]
        missing = f"the environment variable {node['env']} is not set"
    else:
        where = [*path, "file"]
        text, missing = _read(folder / node["file"], node["file"])
    if not text:
        hint = "put the secret there, readable to this user only"
        raise Unusable([document.problem("missing-secret", missing, where, hint=hint)])
    return Secret(text)


def _read(file: Path, shown: str) -> tuple[str, str]:
    try:
        raw = read_first(file, _MAX_BYTES + 1)
        text = raw.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        return "", f"the secret's file {shown} cannot be read: {reason}"
    if len(raw) > _MAX_BYTES:
        return "", f"the secret's file {shown} is larger than {_MAX_BYTES >> 20} MiB"
    return text, f"the secret's file {shown} is empty"
