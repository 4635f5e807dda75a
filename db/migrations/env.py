"""Alembic's environment: one connection, given by db.migrate or made from DATABASE_URL."""

from alembic import context
from sqlalchemy import Connection

from db.engine import build_engine
from db.models import Base
from settings import get_settings

LOCK_TIMEOUT = "-c lock_timeout=5s"


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with build_engine(get_settings().database, options=LOCK_TIMEOUT).connect() as connection:
        _run(connection)
