"""InnoDB's names of tables, and where its catalogue is."""

import re

from sothat.exporters.mysql.session import Flavour

# A character that a file's name cannot hold, as MySQL writes it there.
_ESCAPED = re.compile("@([0-9a-f]{4})")
# Schemas of the server itself.
SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")


def table_of(name: str) -> tuple[str, str]:
    """Return schema and table of ``schema/table``, partitions by their table's name."""
    schema, _, table = name.partition("/")
    whole = re.split("#[pP]#", table, maxsplit=1)[0]
    return _plain(schema), _plain(whole)


def catalogue(flavour: Flavour, name: str) -> str:
    """Return the view of InnoDB's own catalogue: MySQL 8 has dropped a part of their names."""
    renamed = not flavour.mariadb and flavour.version >= (8, 0, 0)
    return f"information_schema.innodb_{'' if renamed else 'sys_'}{name}"


def _plain(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)
