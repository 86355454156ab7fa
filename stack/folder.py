"""The data folder of a running stack: its layout, its lock, its secrets."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sothat.model.problem import Position, Unusable, unusable

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything that a stack writes lives."""

    root: Path

    @property
    def building(self) -> Path:
        """Return the folder of the simulated building."""
        return self.root / "building"

    @property
    def compiled(self) -> Path:
        """Return the folder of the compiler's output."""
        return self.root / "compiled"

    @property
    def logs(self) -> Path:
        """Return the folder of the parts' logs."""
        return self.root / "logs"

    @property
    def webhook_token(self) -> Path:
        """Return the file of the secret that Alertmanager and the incident service share."""
        return self.root / "secrets" / "webhook-token"

    @property
    def grafana_password(self) -> Path:
        """Return the file of the password of Grafana's administrator."""
        return self.root / "secrets" / "grafana-admin-password"

    @property
    def conversation_key(self) -> Path:
        """Return the file of the key that signs what people may do from a message."""
        return self.root / "secrets" / "conversation-key"

    @property
    def state(self) -> Path:
        """Return the file that says what runs."""
        return self.root / "stack.json"

    def prepare(self, files: Iterable[Path] = ()) -> None:
        """Make the folders and the secrets that are not there yet.

        Args:
            files: Copied where there is none of that name: what people have changed here stays.

        Raises:
            Unusable: Something cannot be written.
        """
        try:
            for name in ("building", "incidents", "prometheus", "alertmanager", "grafana", "logs"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
            for secret in (self.webhook_token, self.grafana_password, self.conversation_key):
                _make_secret(secret)
            for file in files:
                _put(file, self.root / file.name)
        except OSError as error:
            raise unwritable(self.root, error) from error


def unwritable(path: Path, error: OSError) -> Unusable:
    """Return the problem of a place that cannot be written."""
    message = f"cannot write the data folder: {error.strerror or error}"
    return unusable("unwritable-folder", message, position=Position(str(error.filename or path)))


def _make_secret(file: Path) -> None:
    file.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(32))


def _put(file: Path, place: Path) -> None:
    if not place.exists():
        write_text(place, file.read_text(encoding="utf-8"))


@contextmanager
def locked(folder: Folder) -> Iterator[None]:
    """Hold the data folder for this process; the kernel lets go when it dies.

    Raises:
        Unusable: Another running stack holds it, or it cannot be written.
    """
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        lock = (folder.root / "lock").open("a")
    except OSError as error:
        raise unwritable(folder.root, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(folder) from error
        yield


def _in_use(folder: Folder) -> Unusable:
    try:
        who = f" (process {json.loads(folder.state.read_text())['pid']})"
    except (OSError, ValueError, KeyError):
        who = ""
    return unusable(
        "folder-in-use",
        f"the data folder is in use by another running stack{who}",
        position=Position(str(folder.root)),
        hint="stop that one, or choose another folder with --data",
    )


def write_text(path: Path, text: str) -> None:
    """Write a file so that readers see the old text or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
