"""Open transactions and their age, sessions, and those that nobody is at work on."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import known, sample, shown
from sothat.exporters.mysql.session import Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_STATES = {"RUNNING": "running", "LOCK WAIT": "waiting", "ROLLING BACK": "rolling-back"}
_OTHER = "committing"
_TRANSACTIONS = """
SELECT trx_state, count(*), max(unix_timestamp(now()) - unix_timestamp(trx_started))
FROM information_schema.innodb_trx GROUP BY trx_state
"""
_IDLE = """
SELECT coalesce(max(unix_timestamp(now()) - unix_timestamp(t.trx_started)), 0)
FROM information_schema.innodb_trx t
JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.command = 'Sleep'
"""
_STATEMENT = """
SELECT coalesce(max(time), 0) FROM information_schema.processlist
WHERE command IN ('Query', 'Execute') AND id <> connection_id() AND user <> 'system user'
"""


def read(session: Session) -> Iterator[Sample]:
    """Yield transactions by state, and the ages of the oldest.

    The first statement asks for the privilege without which the others would tell of us only.
    """
    numbers = dict.fromkeys([*_STATES.values(), _OTHER], 0.0)
    oldest = 0.0
    for state, count, age in session.rows(_TRANSACTIONS):
        numbers[_STATES.get(text(state), _OTHER)] += number(count) or 0
        oldest = max(oldest, number(age) or 0)
    for name, value in numbers.items():
        yield sample("transactions", value, state=name)
    yield sample("oldest_transaction_seconds", oldest)
    yield from known("oldest_idle_transaction_seconds", session.first(_IDLE))
    yield from known("longest_statement_seconds", session.first(_STATEMENT))


PART = plain(
    "transactions",
    (
        shown(
            "transactions",
            "Open transactions of InnoDB by state.",
            Label("state", "What they do", (*_STATES.values(), _OTHER)),
        ),
        shown(
            "oldest_transaction_seconds", "Age of the oldest open transaction; 0: there is none."
        ),
        shown(
            "oldest_idle_transaction_seconds",
            "Age of the oldest open transaction whose client does nothing; 0: there is none.",
        ),
        shown("longest_statement_seconds", "How long the longest statement has been at work."),
    ),
    read,
)
