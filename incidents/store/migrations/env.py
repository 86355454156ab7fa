"""Alembic's environment: the connection comes from the caller, there is no configuration file."""

from alembic import context
from sothat.incidents.store.schema import whole

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=whole(),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
