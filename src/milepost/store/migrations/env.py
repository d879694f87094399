"""Runs migrations on the connection that `engine.migrate` hands over, inside its unit of work."""

from alembic import context

from milepost.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
