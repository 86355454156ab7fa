"""Whatever is shipped to send, to hear or to keep tickets goes through the one contract kit.

The entry points say what is shipped, the tables of the contract tests what is tried, and the pages
of channels and tickets show both: `python -m tests.incidents.test_contract_coverage` writes them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sothat.incidents import kit
from sothat.incidents.channels import notifiers
from sothat.incidents.conversation.gestures import Listener
from sothat.incidents.notification import GROUP as NOTIFIERS
from sothat.incidents.notification import converses
from sothat.incidents.tickets.tracker import GROUP as TRACKERS
from sothat.incidents.tickets.tracker import systems
from sothat.runtime.plugins import load_extensions

from .notifiers.opening import KINDS, opened
from .notifiers.test_contracts import BEYOND, CONTRACTS
from .notifiers.test_hearing import HEARINGS
from .tickets.test_systems import CASES

DOCS = Path(__file__).parents[2] / "docs"
# The cases, and what of the kit tries each.
SENDING: Mapping[str, tuple[Callable[..., object], ...]] = {
    "success": (kit.check_success,),
    "retryable failure": (kit.check_retryable, kit.check_dropped, kit.check_unreachable),
    "permanent failure": (kit.check_permanent, kit.check_redirect),
    "throttling": (kit.check_throttled,),
    "late answer": (kit.check_late,),
    "secret in no log": (kit.check_secrets,),
}
FORGED = "forged signature"
# What asks nobody can be answered by nobody.
ALONE = {"log": "writes to the service's own log: no provider, no secret"}
_BEGIN, _END = "<!-- the contract kit: begin -->", "<!-- the contract kit: end -->"


def shipped(group: str) -> list[str]:
    """Return the names of the extensions of a group that come with sothat."""
    found = load_extensions(group)
    return sorted(name for name, one in found.items() if one.__name__.startswith("sothat."))


def contracts_of(kind: str) -> list[str]:
    """Return the names of the contracts of a type of channel."""
    return [name for name in CONTRACTS if name.partition(",")[0] == kind]


def forged_at_channel(kind: str) -> str:
    """Return how what comes in by a channel is kept from being forged."""
    channel = opened(KINDS[kind], hook="json://127.0.0.1:9/x" if kind == "apprise" else "")
    if isinstance(channel, Listener):
        return "refused: the provider's signature"
    return "refused: the signed link" if converses(channel) else "hears nothing"


def test_the_kit_is_whole() -> None:
    named = {check for checks in SENDING.values() for check in checks}
    assert named == set(kit.CHECKS), "a check that no case names, or a case without its check"


def test_every_shipped_channel_is_tried() -> None:
    assert set(notifiers()) >= set(shipped(NOTIFIERS))
    for kind in shipped(NOTIFIERS):
        assert kind in KINDS, f"{kind}: add it to KINDS of notifiers/opening.py"
        if kind not in ALONE:
            assert contracts_of(kind), f"{kind}: add its contract to notifiers/test_contracts.py"
            for checks in SENDING.values():
                assert any((kind, check) not in BEYOND for check in checks), kind


def test_every_shipped_channel_that_hears_refuses_what_is_forged() -> None:
    for kind in shipped(NOTIFIERS):
        if "signature" in forged_at_channel(kind):
            assert kind in HEARINGS, f"{kind}: add it to notifiers/test_hearing.py"
    assert kit.check_forged in kit.HEARING_CHECKS


def test_every_shipped_ticket_system_is_tried() -> None:
    tried = {case.kind for case in CASES.values()}
    assert set(systems()) >= set(shipped(TRACKERS))
    for kind in shipped(TRACKERS):
        assert kind in tried, f"{kind}: add a case to tickets/test_systems.py"


def test_what_is_not_tried_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CONTRACTS, "ntfy")
    with pytest.raises(AssertionError, match="ntfy: add its contract"):
        test_every_shipped_channel_is_tried()
    monkeypatch.delitem(HEARINGS, "slack")
    with pytest.raises(AssertionError, match="slack: add it"):
        test_every_shipped_channel_that_hears_refuses_what_is_forged()
    monkeypatch.delitem(CASES, "zendesk")
    with pytest.raises(AssertionError, match="zendesk: add a case"):
        test_every_shipped_ticket_system_is_tried()


def channels_table() -> str:
    """Return what is tried of each channel."""
    return _table("channel", map(_channel_row, shipped(NOTIFIERS)))


def _channel_row(kind: str) -> Sequence[str]:
    if kind in ALONE:
        return [f"`{kind}`", *["–"] * len(SENDING), ALONE[kind]]
    cells = [_cell(kind, checks) for checks in SENDING.values()]
    return [f"`{kind}`", *cells, forged_at_channel(kind)]


def _cell(kind: str, checks: Sequence[Callable[..., object]]) -> str:
    beyond = [BEYOND[kind, check] for check in checks if (kind, check) in BEYOND]
    return f"yes; but {', '.join(beyond)}" if beyond else "yes"


def tickets_table() -> str:
    """Return what is tried of each ticket system."""
    row = ["yes"] * len(SENDING)
    forged = "nothing comes in; a forged mark says nothing"
    return _table("system", ([f"`{kind}`", *row, forged] for kind in shipped(TRACKERS)))


def _table(first: str, rows: Iterator[Sequence[str]]) -> str:
    head = [first, *SENDING, FORGED]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


PAGES = {"channels.md": channels_table, "tickets.md": tickets_table}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_is_tried(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert _with_table(text, PAGES[page]()) == text, "write it anew, as this file says"


def _with_table(text: str, table: str) -> str:
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    assert begin, "the page has no place for the table"
    assert end
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


if __name__ == "__main__":
    for name, table in PAGES.items():
        file = DOCS / name
        file.write_text(_with_table(file.read_text("utf-8"), table()), encoding="utf-8")
