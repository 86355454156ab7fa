"""A hundred alerts over thirty days of history: time, and what it costs the server.

    python benchmarks/backtest.py [--days 30] [--interval 1m] [--keep FOLDER]

It fills a real Prometheus with ten metrics of four series each, one sample a minute, and runs
``sothat backtest`` over a hundred rules of ten forms.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "live"))

import psutil
import yaml
from history import Made, prometheus, write

MINUTE = 60_000
FORMS = (
    "{m} > 80",
    "avg_over_time({m}[5m]) > 75",
    "max_over_time({m}[5m]) == 0",
    "max by (site) ({m}) > 90",
    "rate({m}[10m]) > 0.2",
    "{m} / 100 > 0.85 and on (site) {m} > 10",
    "predict_linear({m}[1h], 3600) > 120",
    "quantile_over_time(0.9, {m}[30m]) > 85",
    "sum by (site) ({m}) < 20",
    "{m} - {m} offset 1h > 60",
)


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--interval", default="1m")
    parser.add_argument("--parallel", default="2")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.days, options.interval, options.parallel)


def measure(folder: Path, days: int, interval: str, parallel: str) -> None:
    """Fill a server, ask it, and print what that took."""
    end = 1_767_225_600_000 + 40 * 86_400_000
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules()))
    with prometheus(folder) as url:
        write(url, list(series(end - days * 86_400_000, end)))
        server = next(p for p in psutil.process_iter() if _listens(p, url))
        before = server.cpu_times()
        command = [sys.executable, "-m", "sothat.commands", "backtest", "--prometheus", url]
        command += ["--rules", str(folder / "rules.yaml"), "--json", "--parallel", parallel]
        command += ["--since", f"{days}d", "--until", iso(end), "--interval", interval]
        begun = time.monotonic()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        wall = time.monotonic() - begun
        used = server.cpu_times()
        memory = server.memory_info().rss / 2**20
        # Before the server ends: afterwards it would count as a child of ours as well.
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    data = json.loads(done.stdout)
    figures = {
        "alerts": len(data["alerts"]),
        "days": days,
        "every": interval,
        "wall s": round(wall, 1),
        "our CPU s": round(own.ru_utime + own.ru_stime, 1),
        "server CPU s": round(used.user + used.system - before.user - before.system, 1),
        "server RSS MB": round(memory),
        "questions": data["load"]["questions"],
        "points": data["load"]["points"],
        "firings": sum(one["figures"]["fired"] for one in data["alerts"]),
        "load average": round(os.getloadavg()[0]),
    }
    for row in (figures, ["--:"] * len(figures), figures.values()):
        print(f"| {' | '.join(map(str, row))} |")


def _listens(process: psutil.Process, url: str) -> bool:
    try:
        return f"--web.listen-address={url.removeprefix('http://')}" in process.cmdline()
    except psutil.Error:
        return False


def iso(at: int) -> str:
    """Return a time as the command takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at / 1000))


def rules() -> dict[str, object]:
    """Return a hundred rules."""
    found = [
        {"alert": f"Metric{m}Form{f}", "expr": form.format(m=f"metric_{m}"), "for": "5m"}
        for m in range(10)
        for f, form in enumerate(FORMS)
    ]
    return {"groups": [{"name": "g", "rules": found}]}


def series(start: int, end: int) -> Iterator[Made]:
    """Yield ten metrics of four series, which wander between 0 and 100."""
    chance = random.Random(1)  # noqa: S311 – the same each time
    for metric in range(10):
        for site in ("a", "b"):
            for device in ("1", "2"):
                labels = {"__name__": f"metric_{metric}", "site": site, "device": device}
                yield Made(labels, list(walk(chance, start, end)))


def walk(chance: random.Random, start: int, end: int) -> Iterator[tuple[int, float | None]]:
    """Yield a value a minute."""
    value = 40.0
    for at in range(start, end, MINUTE):
        value = min(100.0, max(0.0, value + chance.gauss(0, 2) - (value - 40) * 0.01))
        yield at, round(value, 2)


if __name__ == "__main__":
    main()
