"""A real browser without a window, driven through its pipe; bounded in all that it waits for."""

import json
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Whatever a page would fetch from elsewhere fails, and shows as an error of the page.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-pipe",
)


class Tab:
    """One page; ``complaints`` collects what its console says is wrong.

    Attributes:
        patience: Seconds that an answer may take.
    """

    patience = 60.0

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = into, out
        self._number, self._buffer = 0, b""
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method on the page."""
        return self._ask(method, session=self._session, **parameters)

    def open(self, url: str) -> None:
        """Go to an address and wait until its page is complete."""
        self.call("Page.navigate", url=url)
        self.wait_for(f"document.readyState === 'complete' && location.href.startsWith('{url}')")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Return an expression's value once it is true."""
        deadline = time.monotonic() + self.patience
        while not (value := self.evaluate(script)):
            assert time.monotonic() < deadline, (script, self.complaints)
            time.sleep(0.05)
        return value

    def wait_for_text(self, pattern: str) -> None:
        """Wait until a text is there, closed shadow trees included."""
        deadline = time.monotonic() + self.patience
        while not re.search(pattern, json.dumps(self._document(), ensure_ascii=False)):
            assert time.monotonic() < deadline, (pattern, self.complaints)
            time.sleep(0.05)

    def _document(self) -> dict[str, Any]:
        return self.call("DOM.getDocument", depth=-1, pierce=True)

    def press(self, key: str, code: str, number: int) -> None:
        """Press a key that writes nothing."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=code,
                windowsVirtualKeyCode=number,
            )

    def type(self, text: str) -> None:
        """Write where the cursor is."""
        self.call("Input.insertText", text=text)

    def _ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        os.write(self._into, json.dumps(call).encode() + b"\0")
        deadline = time.monotonic() + self.patience
        while (message := self._next(deadline)).get("id") != self._number:
            self._note(message)
        assert "error" not in message, message["error"]
        return dict(message["result"])

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._out], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            self._buffer += os.read(self._out, 1 << 20)
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        what, details = event.get("method"), event.get("params", {})
        if what == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{details['entry']['text']} {details['entry'].get('url')}")
        elif what == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(details["exceptionDetails"]))
        elif what == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(details["args"]))


@contextmanager
def browser(data: Path, width: int = 1280, height: int = 900) -> Iterator[Tab]:
    """Give a page of a browser of its own, whose data lies in a folder."""
    assert PROGRAM
    down, up = os.pipe(), os.pipe()
    options = (*_OPTIONS, f"--user-data-dir={data}", f"--window-size={width},{height}")
    # It reads from 3 and writes to 4, whatever the pipes' own numbers are.
    script = f'exec "$@" 3<&{down[0]} 4>&{up[1]}'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", PROGRAM, *options],
        pass_fds=(down[0], up[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(down[0])
    os.close(up[1])
    try:
        yield Tab(down[1], up[0])
    finally:
        process.kill()
        process.wait()
        os.close(down[1])
        os.close(up[0])
