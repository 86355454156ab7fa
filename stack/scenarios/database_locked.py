"""A writer hangs in its transaction: nobody else can write."""

from sothat.stack.faults import write_lock
from sothat.stack.scenario import Scenario, Sign

SCENARIO = Scenario(
    name="database-locked",
    summary="a writer hangs in its transaction, and nobody else can write",
    strike=write_lock,
    sign=Sign("database_write_blocked", lambda value: value == 1),
    alert="DatabaseWriteBlocked",
)
