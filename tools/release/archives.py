"""Wheel and source archive that are the same whoever builds them, wherever and whenever."""

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

_EXECUTABLE = 0o100
# The first day that a zip archive knows.
_EARLIEST = 315532800


def build(source: Path, raw: Path, out: Path) -> list[Path]:
    """Build a source archive, from it a wheel, and take out of both what is of this machine.

    Args:
        source: A clone.
        raw: A folder to build in.
        out: Where the two go.
    """
    epoch = commit_time(source)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "build", "--no-isolation", "-o", str(raw)]
    done = subprocess.run(
        command, cwd=source, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
    made = []
    for file in sorted(raw.iterdir()):
        target = out / file.name
        target.write_bytes((_wheel if file.suffix == ".whl" else _sdist)(file, epoch))
        made.append(target)
    return made


def commit_time(source: Path) -> int:
    """Return when the commit was made, in seconds since the epoch."""
    command = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    return max(int(told.stdout), _EARLIEST)


def sums(files: list[Path], out: Path) -> Path:
    """Write the files' digests as ``sha256sum -c`` reads them."""
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    target = out / "SHA256SUMS"
    target.write_text("".join(lines), encoding="ascii")
    return target


def _wheel(file: Path, epoch: int) -> bytes:
    """Return a wheel with one time, one order and two kinds of permissions."""
    made, when = BytesIO(), _zip_time(epoch)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
        for entry in sorted(old.infolist(), key=_record_last):
            info = zipfile.ZipInfo(entry.filename, when)
            info.external_attr = (0o100000 | _mode(entry.external_attr >> 16)) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            new.writestr(info, old.read(entry), compresslevel=9)
    return made.getvalue()


def _record_last(entry: zipfile.ZipInfo) -> tuple[bool, str]:
    return entry.filename.endswith(".dist-info/RECORD"), entry.filename


def _zip_time(epoch: int) -> tuple[int, int, int, int, int, int]:
    at = datetime.fromtimestamp(epoch, UTC)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def _sdist(file: Path, epoch: int) -> bytes:
    """Return a source archive with one time, one order, nobody's names."""
    plain = BytesIO()
    with tarfile.open(file) as old, tarfile.open(fileobj=plain, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            info = tarfile.TarInfo(member.name)
            info.mtime, info.size, info.type = epoch, member.size, member.type
            info.mode = 0o755 if member.isdir() else _mode(member.mode)
            new.addfile(info, old.extractfile(member) if member.isfile() else None)
    made = BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=made, mtime=epoch) as packed:
        packed.write(plain.getvalue())
    return made.getvalue()


def _mode(mode: int) -> int:
    return 0o755 if mode & _EXECUTABLE else 0o644
