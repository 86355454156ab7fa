"""Makes the pictures of docs/gallery from a made-up history: `python tools/gallery --help`."""

import argparse
import io
import json
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from browser import Page, browser
from history import exposition, series_of
from page import page as page_of
from PIL import Image
from servers import STEP, await_boards, grafana, import_history, prometheus
from sothat.generator.boards_built import BuiltBoard, built_boards
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.panels import queries
from sothat.generator.values import load_values
from sothat.stack.part import Address
from sothat.stack.ports import free_ports

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_DAYS = 8
_OFTEN = 7 * 3600
_BEFORE = int((_DAYS * 86400 - _OFTEN) / STEP)
_SIZES = {"wide": (1920, 1080), "phone": (390, 844)}
# Grafana's head and the gap between grid rows, in pixels.
_HEAD, _ROW = 60, 38
_PHONE_GAP = 8
# The boards of alerts are made by one pattern: one stands for all.
_OF_ALERTS = "sothat-alerts-network"
_MOST_BYTES = 100 * 1024


def main() -> int:
    """Make the pictures that were asked for."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are ended, too
    checked = compile_catalogue(installed_inputs(None, load_values(None, [])), installed_checks())
    boards = [b for b in checked.once(built_boards) if _wanted(b, options.boards)]
    unknown = set(options.boards) - {board.uid for board in boards}
    if unknown:
        raise SystemExit(f"no such board: {', '.join(sorted(unknown))}")
    work = Path(options.work or tempfile.mkdtemp(prefix="sothat-gallery-"))
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    ports = free_ports(("prometheus", "grafana", "browser"))
    where = {name: Address("127.0.0.1", port) for name, port in ports.items()}
    _history(checked, work)
    files = _write(checked.once(built_boards), work)
    programs = {n: shutil.which(n) or n for n in ("prometheus", "promtool")}
    with (
        prometheus(programs["prometheus"], work, where["prometheus"]),
        grafana(work / "grafana", files, where),
        browser(
            _browser(), Path(tempfile.mkdtemp(prefix="profile-", dir=work)), where["browser"].port
        ) as page,
    ):
        await_boards(where["grafana"].url, [board.uid for board in boards])
        for board in boards:
            for name, shot in _shots(page, where["grafana"].url, board, options):
                (out / name).write_bytes(shot)
                print(f"{name}: {len(shot) // 1024} KiB", flush=True)
    if options.page:
        Path(options.page).write_text(page_of(checked.once(built_boards), out), encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boards", nargs="*", help="uids; otherwise all, and one of those of alerts")
    parser.add_argument("--out", default="docs/gallery")
    parser.add_argument("--page", help="write the page of all pictures, such as docs/gallery.md")
    parser.add_argument("--work", help="folder to keep history and servers' data in")
    parser.add_argument("--themes", default="dark,light")
    parser.add_argument("--sizes", default="wide,phone")
    parser.add_argument(
        "--whole", default="wide", help="sizes that are taken in their whole length; none: ''"
    )
    return parser.parse_args()


def _wanted(board: BuiltBoard, names: Sequence[str]) -> bool:
    return board.uid in names if names else "-alerts-" not in board.uid or board.uid == _OF_ALERTS


def _browser() -> str:
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        raise SystemExit("no browser here: install the package chromium")
    return found


def _history(checked: CheckedCatalogue, work: Path) -> None:
    """Make the blocks of Prometheus, unless an earlier run left them."""
    stamp = work / "made-at"
    if stamp.exists() and time.time() - float(stamp.read_text()) < 1800:
        return
    shutil.rmtree(work / "data", ignore_errors=True)
    recorded = {recording.record: recording for recording in checked.catalogue.recordings}
    asked = {
        name
        for board in checked.once(built_boards)
        for query in queries(board.content)
        for name in _NAME.findall(query.text)
        if name in recorded or name in checked.series
    }
    found = [one for name in sorted(asked) for one in series_of(name, checked.series, recorded)]
    now = time.time()
    times = [*_times(now)]
    work.mkdir(parents=True, exist_ok=True)
    print(f"{len(asked)} names, {len(found)} series", flush=True)
    with (work / "history.txt").open("w") as text:
        text.writelines(exposition(found, times, now))
    import_history(shutil.which("promtool") or "promtool", work / "history.txt", work / "data")
    stamp.write_text(str(now))


def _times(now: float) -> Iterator[float]:
    """Yield when there are samples: often of late, for alerts look back a minute."""
    yield from (now - 30 * 86400 + STEP * number for number in range(-30, 31))
    late = now - _OFTEN
    yield from (late - STEP * number for number in range(_BEFORE, 0, -1))
    yield from (late + 30 * number for number in range(int((_OFTEN + 1800) / 30)))


def _write(boards: Sequence[BuiltBoard], work: Path) -> Path:
    root = work / "boards"
    shutil.rmtree(root, ignore_errors=True)
    for board in boards:
        folder = root / board.folder.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{board.uid}.json").write_text(json.dumps(_unfolded(board.content)))
    return root


def _unfolded(board: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a board with its folded rows open, so that a picture shows what is in them."""
    panels: list[dict[str, Any]] = []
    shift = 0
    for panel in board["panels"]:
        moved = _moved(panel, shift)
        inner = moved.pop("panels", []) if moved["type"] == "row" else []
        panels.append(
            moved | ({"collapsed": False, "panels": []} if moved["type"] == "row" else {})
        )
        panels += [_moved(one, shift) for one in inner]
        if inner:
            top = panel["gridPos"]["y"] + 1
            shift += max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in inner) - top
    return {**board, "panels": panels, "refresh": ""}


def _moved(panel: Mapping[str, Any], shift: int) -> dict[str, Any]:
    return {**panel, "gridPos": {**panel["gridPos"], "y": panel["gridPos"]["y"] + shift}}


def _shots(
    page: Page, grafana_url: str, board: BuiltBoard, options: argparse.Namespace
) -> Iterator[tuple[str, bytes]]:
    rows = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in _unfolded(board.content)["panels"])
    for theme in options.themes.split(","):
        for size in options.sizes.split(","):
            width, height = _SIZES[size]
            if size in options.whole.split(","):
                high = rows * _ROW if size == "wide" else _phone_height(board.content)
                height = min(8000, high + _HEAD)
            url = (
                f"{grafana_url}/d/{board.uid}?theme={theme}&kiosk=tv&from=now-{_span(board)}&to=now"
            )
            shot = page.picture(url, width, height)
            yield f"{board.uid}-{theme}-{size}.webp", _small(shot)


def _span(board: BuiltBoard) -> str:
    span = str(board.content["time"]["from"]).removeprefix("now-")
    return {"30m": "6h", "1h": "6h", "3h": "6h"}.get(span, span)


def _phone_height(board: Mapping[str, Any]) -> int:
    """Return how high a board is where each panel is as wide as the screen."""
    heights = [p["gridPos"]["h"] for p in _unfolded(board)["panels"]]
    return sum(heights) * _ROW + len(heights) * _PHONE_GAP


def _small(shot: bytes) -> bytes:
    """Return a picture as WebP, without loss: lossy ones take the colour out of thin lines.

    Where that is too large, in fewer colours.
    """
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (256, 128, 64, 32):
        few = picture.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        stream = io.BytesIO()
        few.convert("RGB").save(stream, "WEBP", lossless=True, method=6)
        if stream.tell() < _MOST_BYTES:
            break
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main())
