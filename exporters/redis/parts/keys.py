"""Keys by database."""

import re
from collections.abc import Iterator

from sothat.exporters.redis.part import sample, shown
from sothat.exporters.redis.session import Session, number, parse_values
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_DATABASE = re.compile("db([0-9]{1,9})")
_MOST_DATABASES = 256


def read(session: Session) -> Iterator[Sample]:
    """Yield keys of each database that has any, and their sum."""
    total = 0.0
    shown_databases = 0
    for field, said in session.info.items():
        database = _DATABASE.fullmatch(field)
        if not database:
            continue
        values = parse_values(said)
        total += number(values.get("keys")) or 0.0
        shown_databases += 1
        if shown_databases > _MOST_DATABASES:
            continue
        for name, value in (("database_keys", "keys"), ("database_expiring_keys", "expires")):
            count = number(values.get(value))
            if count is not None:
                yield sample(name, count, database=database[1])
    yield sample("keys", total)


_LABEL = Label("database", "Number of the database", pattern="[0-9]+")
PART = plain(
    "keys",
    (
        shown("keys", "Keys of all databases."),
        shown(
            "database_keys", "Keys of a database; absent for an empty one.", _LABEL, feature=True
        ),
        shown("database_expiring_keys", "Those with a time to live.", _LABEL, feature=True),
    ),
    read,
)
