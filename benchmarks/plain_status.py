"""The peer: tinytuya's own ``status()`` in a loop, over a pool of threads; run as a process.

Arguments: the device list, threads, seconds between two rounds, seconds in all, "default" or
"hurried" (one try, two seconds). Prints, as JSON, how old each device's last answer is, looked at
every so often.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tinytuya

LOOK = 5.0
_HURRIED = {"connection_timeout": 2, "connection_retry_limit": 1, "connection_retry_delay": 0}


def main(file: str, threads: str, every: str, total: str, manner: str) -> None:
    """Poll until the time is over, and print what was seen."""
    options = _HURRIED if manner == "hurried" else {}
    entries = [one for one in json.loads(Path(file).read_text()) if one["ip"]]
    last: dict[str, float] = {}
    began = time.monotonic()
    pool = ThreadPoolExecutor(int(threads))
    pool.submit(_rounds, pool, entries, options, last, float(every))
    looks = []
    while time.monotonic() - began < float(total):
        time.sleep(LOOK)
        now = time.monotonic()
        looks.append({one["name"]: now - last.get(one["name"], began) for one in entries})
    print(json.dumps(looks), flush=True)
    # Threads that wait for dead devices are not waited for.
    sys.stdout.close()
    import os  # noqa: PLC0415

    os._exit(0)


def _rounds(
    pool: ThreadPoolExecutor,
    entries: list[dict[str, Any]],
    options: dict[str, Any],
    last: dict[str, float],
    every: float,
) -> None:
    while True:
        begun = time.monotonic()
        for done in [pool.submit(_poll, one, options, last) for one in entries]:
            done.result()
        time.sleep(max(0.0, every - (time.monotonic() - begun)))


def _poll(one: dict[str, Any], options: dict[str, Any], last: dict[str, float]) -> None:
    device = tinytuya.Device(
        one["id"], one["ip"], one["key"], version=float(one["version"]), **options
    )
    if "dps" in (device.status() or {}):
        last[one["name"]] = time.monotonic()


if __name__ == "__main__":
    main(*sys.argv[1:])
