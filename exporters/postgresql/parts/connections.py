"""Connections by state, and what they wait for."""

from collections import Counter
from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Part, Session, text
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_STATES = (
    "active",
    "idle",
    "idle in transaction",
    "idle in transaction (aborted)",
    "fastpath function call",
    "disabled",
    "hidden",
)
_WAITS = ("BufferPin", "Client", "Extension", "IO", "IPC", "Lock", "LWLock", "Timeout")
# A role that may not see others' sessions counts them all the same: they have no state for it.
_STATEMENT = """
SELECT coalesce(state, 'hidden'), CASE WHEN state = 'active' THEN wait_event_type END, count(*)
FROM pg_stat_activity
WHERE pid <> pg_backend_pid()
  AND (backend_type = 'client backend' OR backend_type IS NULL AND datid IS NOT NULL)
GROUP BY 1, 2
"""


class Connections:
    """The connections of one server."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield each state and wait there can be, also those with nobody in it."""
        states: Counter[str] = Counter()
        waits: Counter[str] = Counter()
        for state, wait, number in session.ask(_STATEMENT):
            states[text(state)] += int(number or 0)
            waits[text(wait)] += int(number or 0)
        for name in _STATES:
            yield Sample("postgresql_connections", states[name], {"state": name})
        session.insist_on_monitor()
        for name in _WAITS:
            yield Sample("postgresql_connections_waiting", waits[name], {"wait": name})


PART = Part(
    "connections",
    (
        gauge(
            "postgresql_connections",
            "Clients' connections by state, our own left out; hidden: our role may not see it.",
            [SERVER, Label("state", "What the connection is doing", _STATES)],
        ),
        gauge(
            "postgresql_connections_waiting",
            "Active connections of clients that wait at this moment, by what for.",
            [SERVER, Label("wait", "Type of the wait event", _WAITS)],
        ),
    ),
    lambda _: Connections(),
)
