"""All tables of the store: those of this module's neighbours, whoever else has been imported."""

from importlib import import_module
from pkgutil import iter_modules

from sothat.incidents import store
from sothat.incidents.store.tables import METADATA
from sqlalchemy import MetaData

# The driver of PostgreSQL is an extra; what needs it has no tables.
_EXTRA = "psycopg"


def whole() -> MetaData:
    """Return the metadata with every table: a module may have tables of its own."""
    for module in iter_modules(store.__path__):
        if module.ispkg:
            continue
        try:
            import_module(f"{store.__name__}.{module.name}")
        except ModuleNotFoundError as error:
            if error.name != _EXTRA:
                raise
    return METADATA
