"""The notifier writes what it is given, and says so when it cannot.

One that talks to a server has a contract kit: see sothat.incidents.kit.
"""

from pathlib import Path

from sothat.incidents import kit
from sothat.incidents.notification import Retry, Sent
from web_shop.ticker import NOTIFIER


def test_a_notice_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "ticker.txt"
    channel = NOTIFIER.open({"file": str(file)}, None)
    assert [channel.send(kit.NOTICE) for _ in range(2)] == [Sent(), Sent()]
    first, second = file.read_text(encoding="utf-8").splitlines()
    assert first == second
    assert "A device" in first


def test_what_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    channel = NOTIFIER.open({"file": str(tmp_path / "gone" / "ticker.txt")}, None)
    assert isinstance(channel.send(kit.NOTICE), Retry)
