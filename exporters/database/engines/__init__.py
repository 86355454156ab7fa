"""One small file for each kind of database."""

from collections.abc import Mapping

from sothat.exporters.database.engines.dialect import Dialect
from sothat.exporters.database.engines.mysql import Mysql
from sothat.exporters.database.engines.postgresql import Postgresql
from sothat.exporters.database.engines.sqlite import Sqlite

# By the backend's name in SQLAlchemy.
DIALECTS: Mapping[str, Dialect] = {
    "sqlite": Sqlite(),
    "postgresql": Postgresql(),
    "mysql": Mysql(),
    "mariadb": Mysql(),
}
