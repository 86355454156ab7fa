"""Alembic's environment: the connection comes from the caller, there is no configuration file."""

from alembic import context
from sothat.incidents.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
