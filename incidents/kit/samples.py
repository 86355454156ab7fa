"""A notice to try channels with: everything filled in, and nothing harmless in its title."""

from sothat.incidents.notification import Notice

NOTICE = Notice(
    key="sothat-1-7-9",
    incident=7,
    reason="opened",
    priority="P1",
    title='A device\r\nBcc: x@example.org <b>&amp;"does" not answer \ud800',
    team="building-operations",
    condition="silence for five minutes",
    action="bring it back",
    so_that="rooms stay warm",
    url="https://incidents.example.org/incidents/7",
    opened_at="2026-01-05T10:00:00.000Z",
    labels={"site": "a", "alertname": "DeviceOffline"},
    state="open",
)
