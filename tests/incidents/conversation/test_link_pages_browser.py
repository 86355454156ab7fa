"""The pages of a signed link, as a phone shows them: readable by everybody, and one press."""

from email import message_from_string, policy
from pathlib import Path

import pytest
from sothat.incidents.conversation.links import Links
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import Secret

from .. import axe, chromium  # noqa: TID252 – tests of one tree
from ..conftest import alert, eventually, message  # noqa: TID252
from ..notifiers.opening import SIGNING  # noqa: TID252
from ..test_notifiers import MailServer, certificate, mail  # noqa: TID252
from .test_service import links_in, place

__all__ = ["certificate", "mail"]
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]


def looked_at(tab: chromium.Tab, url: str) -> str:
    """Return a page's text; it has no violation in either colour scheme, and fits a phone."""
    tab.open(url)
    for scheme in ("dark", "light"):
        axe.colours(tab, scheme)
        assert axe.violations(tab) == [], scheme
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    return str(tab.evaluate("document.querySelector('main').innerText"))


def test_a_link_on_a_phone(data: Path, mail: MailServer, tmp_path: Path) -> None:
    with place(data, mail.port) as there, chromium.browser(tmp_path / "browser") as tab:
        axe.wide(tab, 390)
        there.running.post(message(alert(priority="P1")))
        (text,) = eventually(lambda: list(mail.mails))
        parsed = message_from_string(text.replace("\r\n", "\n"), policy=policy.default)
        url = there.running.url + links_in(parsed.get_content())["Acknowledge"]
        assert "Nothing has been done yet" in looked_at(tab, url)
        tab.evaluate("document.querySelector('form button').click()")
        done = "document.querySelector('h1')?.textContent == 'Done'"
        eventually(lambda: tab.evaluate(done))
        assert axe.violations(tab) == []
        assert there.running.incident(1)["state"] == "acknowledged"
        links = Links(Secret(SIGNING), -1)
        old = links.token(1, "resolve", "office", 1_767_700_800 * SECOND)
        assert "time is over" in looked_at(tab, f"{there.running.url}/do/{old}")
