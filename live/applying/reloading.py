"""Tells a server to read its files again."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from sothat.live.reading.http import Api, ServerFailed
from sothat.live.reading.target import Server
from sothat.model.problem import Problem, Unusable

_SECONDS = 60


class NotReached(Exception):  # noqa: N818 – it is named for what happened to the request
    """The server was not there to be told; it reads its files when it starts."""


def reload(name: str, server: Server, api: Api) -> None:
    """Have a server read its files again.

    Args:
        name: What people call it.
        server: How it is told.
        api: Its HTTP interface.

    Raises:
        NotReached: It does not run.
        Unusable: It refuses the file, or may not be told so.
    """
    how = server.reload
    if how.pid_file:
        _signal(name, how.pid_file)
    elif how.command:
        _run(name, how.command)
    else:
        _post(name, api)


def _post(name: str, api: Api) -> None:
    try:
        api.order("/-/reload")
    except ServerFailed as failed:
        if not failed.status:
            raise NotReached(failed.reason) from failed
        if "lifecycle" in failed.reason.lower():
            hint = "start it with --web.enable-lifecycle, or say how: reload: {pid_file: …}"
            raise _refused(f"{name} takes no reload over HTTP", hint) from failed
        raise _refused(f"{name} refuses to reload: {failed.reason}") from failed


def _signal(name: str, pid_file: Path) -> None:
    _tried(name, lambda: os.kill(int(pid_file.read_text(encoding="ascii")), signal.SIGHUP))


def _run(name: str, command: tuple[str, ...]) -> None:
    def run() -> None:
        subprocess.run(
            command, check=True, timeout=_SECONDS, capture_output=True, stdin=subprocess.DEVNULL
        )

    _tried(name, run)


def _tried(name: str, tell: Callable[[], None]) -> None:
    try:
        tell()
    except ProcessLookupError as error:
        raise NotReached(f"{name} does not run") from error
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.decode(errors="replace").split())[-300:]
        raise _refused(f"{name} cannot be told to reload: {reason or error}") from error
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise _refused(f"{name} cannot be told to reload: {error}") from error


def _refused(message: str, hint: str = "") -> Unusable:
    return Unusable([Problem("reload-refused", message, hint=hint)])
