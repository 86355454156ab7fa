"""Bringing a store's schema up to date ahead of the processes that want it."""

from sothat.incidents.store.engines import presence, writer_engine
from sothat.incidents.store.migrate import migrate, revision_of


def bring_up_to_date(url: str) -> str:
    """Create or upgrade a store's schema; return its revision.

    Raises:
        Unusable: The store cannot be used, or a newer version wrote it.
    """
    present, engine = presence(url), writer_engine(url)
    try:
        migrate(engine, url)
        present.settle()
        return revision_of(engine)
    finally:
        engine.dispose()
        present.release()
