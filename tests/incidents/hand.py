"""Somebody with a keyboard in front of a page: fills forms in, sends them, waits for the answer."""

from . import chromium


class Hand:
    """Fills forms in as somebody with a keyboard does."""

    def __init__(self, tab: chromium.Tab) -> None:
        self._tab = tab

    def write(self, selector: str, text: str) -> None:
        found = self._tab.evaluate(f"!!document.querySelector(`{selector}`)")
        assert found, selector
        self._tab.evaluate(f"document.querySelector(`{selector}`).focus()")
        self._tab.evaluate(f"document.querySelector(`{selector}`).select?.()")
        self._tab.type(text)

    def send(self, button: str, then: str) -> None:
        """Press a button by the keyboard; wait for what the next page has."""
        self._tab.evaluate("document.documentElement.dataset.left = 'yes'")
        self._tab.evaluate(f"document.querySelector(`{button}`).focus()")
        for kind in ("keyDown", "keyUp"):
            self._tab.call(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                windowsVirtualKeyCode=13,
            )  # fmt: skip
        self._tab.wait_for(
            "document.readyState === 'complete' && !document.documentElement.dataset.left"
        )
        self._tab.wait_for(then)

    def choose(self, selector: str, value: str) -> None:
        """Set what is not written letter by letter: a selection, a day, a moment."""
        assert self._tab.evaluate(f"!!document.querySelector(`{selector}`)"), selector
        self._tab.evaluate(f"document.querySelector(`{selector}`).value = `{value}`")
        assert self._tab.evaluate(f"document.querySelector(`{selector}`).value") == value, selector

    def press(self, selector: str) -> None:
        """Press something that leads to no other page."""
        assert self._tab.evaluate(f"!!document.querySelector(`{selector}`)"), selector
        self._tab.evaluate(f"document.querySelector(`{selector}`).click()")


def has(text: str) -> str:
    """Return the question whether the page's main part has a text."""
    return f"document.querySelector('main').textContent.includes(`{text}`)"
