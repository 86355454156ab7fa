"""Looks at a page as people do – wide and on a phone, light and dark – and keeps a picture each."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

from ..incidents import axe, chromium  # noqa: TID252 – tests of one tree

_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
OTHER = {"light": "dark", "dark": "light"}


@dataclass(frozen=True)
class Frame:
    """A way to look: the picture is as high as its page, to a limit."""

    name: str
    pixels: int
    highest: int
    scheme: str


FRAMES = (Frame("desktop", 1280, 1700, "light"), Frame("phone", 390, 1500, "dark"))


@dataclass
class Camera:
    """Takes the pictures of a tab.

    Attributes:
        folder: Where they go.
        seen: The paths that were looked at.
    """

    tab: chromium.Tab
    folder: Path
    seen: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        """Find nothing wrong with the page as it is, and keep how it looks."""
        self.seen.append(self.tab.evaluate("location.pathname"))
        self.tab.evaluate("window.scrollTo(0, 0)")
        for frame in FRAMES:
            self._stand(frame)
            wrong = axe.violations(self.tab)
            self._save(f"{name}-{frame.name}.webp")
            axe.colours(self.tab, OTHER[frame.scheme])
            self._settle()
            wrong += axe.violations(self.tab, axe.COLOURS)
            broad = self.tab.evaluate("document.documentElement.scrollWidth")
            assert wrong == [], f"{name}, {frame.name}:\n" + "\n".join(wrong)
            assert broad <= frame.pixels, f"{name} is {broad} pixels wide"
        assert self.tab.complaints == [], (name, self.tab.complaints)
        self._stand(FRAMES[0])

    def _stand(self, frame: Frame) -> None:
        axe.colours(self.tab, frame.scheme)
        axe.wide(self.tab, frame.pixels)
        high = min(self.tab.evaluate("document.documentElement.scrollHeight"), frame.highest)
        size = {"width": frame.pixels, "height": high, "deviceScaleFactor": 1}
        mobile = frame.pixels < 600
        self.tab.call("Emulation.setDeviceMetricsOverride", **size, mobile=mobile)
        self._settle()

    def _settle(self) -> None:
        """Wait until the page has taken the change in, and nothing on it moves any more."""
        self.tab.call("Runtime.evaluate", expression=_TWO_FRAMES, awaitPromise=True)
        self.tab.wait_for("document.getAnimations().every((one) => one.playState !== 'running')")

    def _save(self, name: str) -> None:
        taken = self.tab.call("Page.captureScreenshot", format="webp", quality=60)
        (self.folder / name).write_bytes(base64.b64decode(taken["data"]))
