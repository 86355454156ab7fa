"""A headless browser over its DevTools protocol: open a page, wait until it is done, a picture."""

import base64
import itertools
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_FLAGS = ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", "--no-first-run",
          "--disable-dev-shm-usage", "--remote-allow-origins=*",
          "--force-device-scale-factor=1")  # fmt: skip
# Done: no panel has a spinner, and Grafana has drawn them all.
_BUSY = (
    'document.querySelectorAll(\'[aria-label="Panel loading bar"],.panel-loading,'
    "[data-testid=\"panel-loading\"]').length + (document.querySelector('.panel-container,"
    "[data-panelid],section.panel-container') ? 0 : 1)"
)
_PATIENCE = 40.0
_LARGEST = 64 * 1024 * 1024


class Page:
    """A tab of the browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def picture(self, url: str, width: int, height: int) -> bytes:
        """Return a PNG of an address once it is done."""
        mobile = width < 600
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=mobile)  # fmt: skip
        self._ask("Page.navigate", url=url)
        self._settle()
        shot = self._ask("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    def text(self) -> str:
        """Return what there is to read on the page."""
        return str(self._value("document.body.innerText"))

    def scroll_height(self) -> int:
        """Return how high the board is."""
        return int(self._value(
            "Math.max(...[...document.querySelectorAll('.react-grid-layout')].map(e=>e.scrollHeight),0)"
        ))  # fmt: skip

    def _settle(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        quiet = 0
        while quiet < 4 and time.monotonic() < deadline:
            time.sleep(0.4)
            quiet = quiet + 1 if self._value(_BUSY) == 0 else 0
        time.sleep(0.6)

    def _value(self, expression: str) -> Any:
        found = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return found.get("result", {}).get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == number:
                result: dict[str, Any] = answer.get("result", {})
                return result


@contextmanager
def browser(program: str, folder: Path, port: int) -> Iterator[Page]:
    """Start a browser with a profile in a folder; yields one page of it."""
    command = [
        program,
        *_FLAGS,
        f"--remote-debugging-port={port}",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_page_of(port), max_size=_LARGEST) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _page_of(port: int) -> str:
    deadline = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
                if pages:
                    return str(pages[0]["webSocketDebuggerUrl"])
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.3)
