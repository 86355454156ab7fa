"""The demo's figures beside tickets and energy: invented, reproducible, made anew at each start."""

import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from sothat.simulator.plan import BuildingPlan, Site

_HOUR = 3600
_DAY = 86400
_DAYS = 60
Row = tuple[object, ...]

# Columns of the tickets that databases of earlier versions lack.
_TICKETS = {
    "agent": "TEXT",
    "escalated": "INTEGER",
    "reopened": "INTEGER",
    "replies": "INTEGER",
    "article": "INTEGER",
}
_TABLES = {
    "energy_tariffs": "site TEXT, currency TEXT, price_per_kwh REAL, co2_kg_per_kwh REAL",
    "help_sessions": "site TEXT, day TEXT, sessions INTEGER, solved INTEGER",
    "occupancy": "site TEXT, area TEXT, at INTEGER, seats INTEGER, taken REAL",
    "work_orders": "id INTEGER, site TEXT, kind TEXT, due_at INTEGER, done_at INTEGER, cost REAL,"
    " avoided_cost REAL, currency TEXT, caused_incident INTEGER",
    "changes": "id INTEGER, service TEXT, committed_at INTEGER, deployed_at INTEGER, outcome TEXT,"
    " restored_at INTEGER",
    "accounts": "site TEXT, accounts INTEGER",
    "feature_use": "site TEXT, feature TEXT, day TEXT, person TEXT",
    "sessions": "site TEXT, started_at INTEGER, ended_at INTEGER",
    "task_runs": "site TEXT, task TEXT, started_at INTEGER, finished_at INTEGER",
    "compliance_items": "site TEXT, framework TEXT, item TEXT, due_at INTEGER, passed INTEGER,"
    " checked_at INTEGER",
    "operations": "site TEXT, day TEXT, automatic INTEGER, manual INTEGER, minutes_saved REAL",
    "operating_costs": "site TEXT, day TEXT, currency TEXT, cost REAL",
    "areas": "site TEXT, square_metres REAL",
    "outages": "client TEXT, began_at INTEGER, ended_at INTEGER",
}


def seed_business(database: sqlite3.Connection, plan: BuildingPlan, now: float) -> None:
    """Fill the tables of the business packs, relative to now; what was in them goes."""
    _complete_tickets(database, plan.seed)
    for table, columns in _TABLES.items():
        database.execute(f"DROP TABLE IF EXISTS {table}")
        database.execute(f"CREATE TABLE {table} ({columns})")
    for table, rows in _filled(plan, int(now)):
        marks = ", ".join("?" * (_TABLES[table].count(",") + 1))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 – names of ours


def _complete_tickets(database: sqlite3.Connection, seed: int) -> None:
    present = {row[1] for row in database.execute("PRAGMA table_info(tickets)")}
    for name, kind in _TICKETS.items():
        if name not in present:
            database.execute(f"ALTER TABLE tickets ADD COLUMN {name} {kind}")
    query = "SELECT id FROM tickets WHERE agent IS NULL AND first_response_at IS NOT NULL"
    update = (
        "UPDATE tickets SET agent = ?, escalated = ?, reopened = ?, replies = ?, article = ?"
        " WHERE id = ?"
    )
    known = [*database.execute(query)]
    database.executemany(update, (_handling(seed, number) for (number,) in known))


def _handling(seed: int, number: int) -> Row:
    chance = _chance(seed, "ticket", number)
    return (
        f"agent-{chance.randint(1, 4)}",
        int(chance.random() < 0.07),  # noqa: PLR2004 – one in fourteen
        int(chance.random() < 0.05),  # noqa: PLR2004 – one in twenty
        chance.choices((1, 2, 3), (8, 2, 1))[0],
        int(chance.random() < 0.35),  # noqa: PLR2004 – a good third
        number,
    )


def _filled(plan: BuildingPlan, now: int) -> Iterator[tuple[str, Iterable[Row]]]:
    for site in plan.sites:
        for table, rows in _OF_SITE.items():
            yield table, rows(site, _chance(plan.seed, site.name, table), now)
    for client in sorted({site.client for site in plan.sites}):
        yield "outages", _outages(client, _chance(plan.seed, client, "outages"), now)
    yield "changes", _changes(_chance(plan.seed, "changes"), now)


def _chance(*parts: object) -> random.Random:
    return random.Random("/".join(map(str, parts)))  # noqa: S311 – figures, not secrets


def _days(now: int) -> Iterator[tuple[int, str]]:
    """Yield the last days, today first: midnight in UTC, and the date."""
    today = now - now % _DAY
    for back in range(_DAYS):
        start = today - back * _DAY
        yield start, datetime.fromtimestamp(start, UTC).date().isoformat()


def _tariffs(site: Site, chance: random.Random, now: int) -> Iterator[Row]:  # noqa: ARG001 – all alike
    yield site.name, "EUR", round(chance.uniform(0.24, 0.32), 3), 0.35


def _help(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for _, day in _days(now):
        sessions = chance.randint(4, 12)
        yield site.name, day, sessions, chance.randint(sessions // 2, sessions)


def _occupancy(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for area, seats in (("offices", 120), ("meeting rooms", 40)):
        for start, _ in _days(now):
            for hour in range(8, 18):
                at = start + hour * _HOUR
                if at <= now:
                    yield site.name, area, at, seats, round(seats * chance.uniform(0.4, 0.8), 1)


def _orders(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for number in range(60):
        due = now + 2 * _DAY - number * 36 * _HOUR
        kind = "preventive" if chance.random() < 0.85 else "reactive"  # noqa: PLR2004 – most
        done = due - chance.randint(0, 20) * _HOUR
        cost = round(chance.uniform(80, 400), 2)
        avoided = round(cost * chance.uniform(1, 4), 2) if kind == "preventive" else None
        closed = (done, cost, avoided) if done <= now else (None, None, None)
        caused = int(chance.random() < 0.02) if done <= now else None  # noqa: PLR2004 – hardly ever
        yield number, site.name, kind, due, *closed, "EUR", caused


def _changes(chance: random.Random, now: int) -> Iterator[Row]:
    for number in range(60):
        deployed = now - number * 20 * _HOUR - _HOUR
        committed = deployed - chance.randint(2, 40) * _HOUR
        good = chance.random() < 0.97  # noqa: PLR2004 – nearly all
        outcome = "success" if good else "rolled-back"
        restored = None if good else deployed + chance.randint(5, 50) * 60
        service = ("platform", "gateway-agent")[number % 2]
        yield number, service, committed, deployed, outcome, restored


def _accounts(site: Site, chance: random.Random, now: int) -> Iterator[Row]:  # noqa: ARG001 – all alike
    yield site.name, 60


def _use(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    share = {"schedules": 0.3, "room comfort": 0.25, "reports": 0.12}
    for _, day in _days(now):
        for feature, part in share.items():
            for person in range(50):
                if chance.random() < part:
                    yield site.name, feature, day, f"person-{person}"


def _sessions(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for back in range(600):
        started = now - back * 15 * 60
        ended = started + chance.randint(3, 90) * 60
        yield site.name, started, ended if ended <= now else None


def _tasks(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for back in range(400):
        started = now - _HOUR - back * 30 * 60
        task = ("set a schedule", "book a room")[back % 2]
        ended = None if chance.random() < 0.03 else started + chance.randint(20, 80)  # noqa: PLR2004 – some give up
        yield site.name, task, started, ended


def _compliance(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for framework, items in (("data protection", 24), ("fire safety", 30)):
        for number in range(items):
            checked = now - chance.randint(5, 200) * _DAY
            yield site.name, framework, f"item {number + 1}", checked + 365 * _DAY, 1, checked


def _operations(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for _, day in _days(now):
        automatic = chance.randint(80, 120)
        yield site.name, day, automatic, chance.randint(5, 15), automatic * 1.5


def _costs(site: Site, chance: random.Random, now: int) -> Iterator[Row]:
    for _, day in _days(now):
        yield site.name, day, "EUR", round(chance.uniform(240, 320), 2)


def _areas(site: Site, chance: random.Random, now: int) -> Iterator[Row]:  # noqa: ARG001 – figures of now are in others
    yield site.name, float(chance.randint(3500, 5000))


def _outages(client: str, chance: random.Random, now: int) -> Iterator[Row]:
    """Yield what is short enough for each contract in each month."""
    for back in (12, 47):
        began = now - back * _DAY + chance.randint(0, 4) * _HOUR
        yield client, began, began + chance.randint(30, 110)


_OF_SITE: Mapping[str, Callable[[Site, random.Random, int], Iterable[Row]]] = {
    "energy_tariffs": _tariffs,
    "help_sessions": _help,
    "occupancy": _occupancy,
    "work_orders": _orders,
    "accounts": _accounts,
    "feature_use": _use,
    "sessions": _sessions,
    "task_runs": _tasks,
    "compliance_items": _compliance,
    "operations": _operations,
    "operating_costs": _costs,
    "areas": _areas,
}
