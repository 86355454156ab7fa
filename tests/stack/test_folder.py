"""The data folder: one stack at a time, secrets for the owner only."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sothat.model.problem import Unusable
from sothat.stack.folder import Folder, locked


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.prepare()
    token = folder.webhook_token.read_text()
    folder.prepare()
    assert folder.webhook_token.read_text() == token
    assert len(token) >= 32
    assert mode(folder.webhook_token) == 0o600
    assert mode(folder.webhook_token.parent) == 0o700


def test_a_folder_in_use_is_refused_and_the_holder_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with locked(folder):
        folder.state.write_text('{"pid": 4711}')
        with pytest.raises(Unusable, match=r"in use by another running stack \(process 4711\)"):
            locked(folder).__enter__()
    with locked(folder):
        pass


def test_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, signal; from pathlib import Path; from sothat.stack.folder import *\n"
        "with locked(Folder(Path(sys.argv[1]))): print('held', flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Unusable):
            locked(Folder(tmp_path)).__enter__()
        holder.kill()
        holder.wait()
    with locked(Folder(tmp_path)):
        pass


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="cannot write the data folder: Not a directory"):
        locked(Folder(tmp_path / "file" / "data")).__enter__()
