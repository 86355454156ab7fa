"""Our own receiver, started for the cases: what they are tried on when nothing else is named."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sothat.stack.conformance.alertmanagers import RECEIVERS, until

_START_SECONDS = 60.0
_SERVING = re.compile(r'"serving incidents".*"address": ?"([^"]+)"')


@contextmanager
def own_receiver(
    folder: Path, policy: Path, peers: Sequence[str], store: str = ""
) -> Iterator[tuple[str, Path]]:
    """Run the incident service; yield its URL and the file with the webhook's token.

    Args:
        folder: For its data.
        policy: A compiled ``policy.json``.
        peers: Where the Alertmanagers will be.
        store: SQLAlchemy URL of the store; default: SQLite in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / "webhook-token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_urlsafe(24))
    config = folder / "incidents.yaml"
    # JSON is YAML, and needs no quoting of its own.
    config.write_text(json.dumps(_configuration(folder, policy, peers, store)))
    command = [sys.executable, "-P", "-m", "sothat.commands", "incidents", "serve"]
    command += ["--config", str(config), "--log-format", "json"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=output)
    try:
        yield _address(process, log), token
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _configuration(
    folder: Path, policy: Path, peers: Sequence[str], store: str
) -> Mapping[str, object]:
    channels = {
        name
        for team in json.loads(policy.read_text(encoding="utf-8"))["teams"].values()
        for names in team["channels"].values()
        for name in names
    }
    return {
        "apiVersion": "sothat/v1",
        "kind": "Incidents",
        "listen": "127.0.0.1:0",
        "store": store or "sqlite:///incidents.db",
        "policy": str(policy.absolute()),
        "runbooks": str(folder),
        "webhook": {"token": {"file": "webhook-token"}},
        "resolve_after": "1s",
        # What comes and goes in a case is over once it has been quiet for so long.
        "flapping": {"window": "20s"},
        "channels": {name: {"type": "log"} for name in sorted(channels)},
        "reconcile": [
            {
                "peers": list(peers),
                "receivers": list(RECEIVERS),
                "every": "500ms",
                "slack": "2s",
                "settle": "5s",
            }
        ],
    }


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    def found() -> str | None:
        if process.poll() is not None:
            raise TimeoutError(f"the incident service ended: {log.read_text()[-500:]}")
        match = _SERVING.search(log.read_text(errors="replace"))
        return match[1] if match else None

    until(found, _START_SECONDS, "the incident service did not start")
    return f"http://{found()}"
