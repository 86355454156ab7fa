"""The demo's support and energy figures: invented, reproducible, marked as sample data."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

from sothat.model.problem import Position, unusable
from sothat.simulator.plan import BuildingPlan, Site
from sothat.simulator.sample_business import seed_business

DATABASE = "platform.db"
DAYS = 60
_HOUR = 3600

_TABLES = """
CREATE TABLE dataset (kind TEXT NOT NULL, description TEXT NOT NULL);
CREATE TABLE sites (
    site TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    contract TEXT NOT NULL CHECK (contract IN ('standard', 'extended', 'premium'))
);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL REFERENCES sites (site),
    priority TEXT NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    response_due_at INTEGER NOT NULL,
    first_response_at INTEGER NULL,
    resolved_at INTEGER NULL,
    satisfaction REAL NULL CHECK (satisfaction BETWEEN 0 AND 1)
);
CREATE TABLE energy (
    site TEXT NOT NULL REFERENCES sites (site),
    day TEXT NOT NULL,
    used_kwh REAL NOT NULL,
    baseline_kwh REAL NOT NULL,
    PRIMARY KEY (site, day)
);
"""

# Seconds until the first response is due, by contract and priority.
_RESPONSE = {
    "premium": {"P1": _HOUR // 4, "P2": _HOUR, "P3": 4 * _HOUR, "P4": 8 * _HOUR},
    "extended": {"P1": _HOUR // 2, "P2": 2 * _HOUR, "P3": 8 * _HOUR, "P4": 24 * _HOUR},
    "standard": {"P1": _HOUR, "P2": 4 * _HOUR, "P3": 24 * _HOUR, "P4": 48 * _HOUR},
}
_SUBJECTS = {
    "P1": "Heating is out in the whole building",
    "P2": "No readings from one floor",
    "P3": "A room stays too warm",
    "P4": "Please rename a device",
}
_WEIGHTS = (1, 3, 8, 5)
_DAY = 86400
_OPEN_A_SITE = 3
_CLOSED_A_SITE = 90
# Two answers came too late, this many days ago: attainment is below one in each month, and above
# the usual target of 95 %, so that nothing fires before somebody makes it.
_LATE_DAYS = (24, 50)


def seed_database(plan: BuildingPlan, folder: Path, now: float) -> None:
    """Make the sample database unless it is there; add the days that a kept one lacks.

    One file without a write-ahead log, so that a lock on it is seen by every process.

    Args:
        plan: Its sites are the database's, its seed decides the figures.
        folder: Where the database is.
        now: Epoch seconds; all times and days are relative to it.

    Raises:
        Unusable: A file of this name is there but is not such a database, or it is locked.
    """
    file = folder / DATABASE
    try:
        with closing(sqlite3.connect(file, timeout=2)) as database, database:
            if not _has_tables(database):
                _create(database, plan, now)
            _add_days(database, plan, now)
            seed_business(database, plan, now)
    except sqlite3.Error as error:
        hint = "remove the file, and a new one is made"
        message = f"not usable as the sample database: {error}"
        position = Position(str(file))
        raise unusable("unusable-database", message, position=position, hint=hint) from error


def _has_tables(database: sqlite3.Connection) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'energy'"
    return bool(database.execute(query).fetchone()[0])


def _create(database: sqlite3.Connection, plan: BuildingPlan, now: float) -> None:
    for statement in _TABLES.split(";\n"):
        database.execute(statement)
    text = "SAMPLE DATA: invented figures of a simulated building, not measured anywhere"
    database.execute("INSERT INTO dataset VALUES ('sample', ?)", [text])
    sites = [(site.name, site.client, site.contract) for site in plan.sites]
    database.executemany("INSERT INTO sites VALUES (?, ?, ?)", sites)
    columns = "site, priority, subject, created_at, response_due_at, first_response_at"
    insert = f"INSERT INTO tickets ({columns}, resolved_at, satisfaction) VALUES (?,?,?,?,?,?,?,?)"  # noqa: S608 – no value is in the text
    for site in plan.sites:
        database.executemany(insert, _tickets(site, plan.seed, int(now)))


Ticket = tuple[str, str, str, int, int, int, int | None, float | None]


def _tickets(site: Site, seed: int, now: int) -> Iterator[Ticket]:
    """Yield a site's tickets; every one has had its first response, so that no clock runs out."""
    chance = random.Random(f"{seed}/{site.name}/tickets")  # noqa: S311 – figures, not secrets
    for _ in range(_OPEN_A_SITE):
        yield _open_ticket(site, chance, now - chance.randint(2 * _HOUR, 30 * _HOUR))
    for number in range(_CLOSED_A_SITE):
        # Evenly over the days, so that no month is nearly empty.
        created = now - 2 * _DAY - number * (DAYS - 2) * _DAY // _CLOSED_A_SITE
        yield _closed_ticket(site, chance, created - chance.randint(0, 6 * _HOUR), late=False)
    for days in _LATE_DAYS:
        yield _closed_ticket(site, chance, now - days * _DAY, late=True)


def _open_ticket(site: Site, chance: random.Random, created: int) -> Ticket:
    """Return a ticket that was answered within the hour and is being worked on."""
    due = created + _RESPONSE[site.contract]["P4"]
    responded = created + chance.randint(60, _HOUR)
    return (site.name, "P4", _SUBJECTS["P4"], created, due, responded, None, None)


def _closed_ticket(site: Site, chance: random.Random, created: int, *, late: bool) -> Ticket:
    priority = chance.choices(sorted(_SUBJECTS), _WEIGHTS)[0]
    allowed = _RESPONSE[site.contract][priority]
    taken = chance.uniform(1.1, 1.8) if late else chance.uniform(0.05, 0.7)
    responded = created + int(allowed * taken)
    resolved = responded + chance.randint(_HOUR, 4 * _HOUR)
    satisfied = round(chance.triangular(0.78, 1.0, 0.98), 2)
    subject, due = _SUBJECTS[priority], created + allowed
    return (site.name, priority, subject, created, due, responded, resolved, satisfied)


def _add_days(database: sqlite3.Connection, plan: BuildingPlan, now: float) -> None:
    """Insert the last days' energy as far as it is missing; a day's figures depend on it alone."""
    insert = "INSERT OR IGNORE INTO energy VALUES (?, ?, ?, ?)"
    for site in plan.sites:
        today = datetime.fromtimestamp(now, site.zone).date()
        days = (today - timedelta(days=back) for back in range(DAYS))
        rows = [(site.name, *_energy(site, plan.seed, day)) for day in days]
        database.executemany(insert, rows)


def _energy(site: Site, seed: int, day: date) -> tuple[str, float, float]:
    chance = random.Random(f"{seed}/{site.name}/{day}")  # noqa: S311 – figures, not secrets
    size = 900 + 600 * random.Random(f"{seed}/{site.name}").random()  # noqa: S311 – made-up figures, the same each time
    workday = 1.0 if day.isoweekday() <= 5 else 0.55  # noqa: PLR2004 – Friday
    baseline = size * workday * chance.uniform(0.95, 1.05)
    used = baseline * chance.uniform(0.84, 0.97)
    return day.isoformat(), round(used, 1), round(baseline, 1)
