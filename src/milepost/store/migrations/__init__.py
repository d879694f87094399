"""Alembic's environment and the migrations, named by serial."""
