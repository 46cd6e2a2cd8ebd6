"""Migrations run on the database of the ini file that alembic was given, one process at a time."""

from alembic import context
from sqlalchemy import Connection, text

from flash.adapters.sql.store import make_engine
from flash.adapters.sql.tables import metadata
from flash.settings import load
from flash.wiring import database_url

LOCK = 7_270_260
"""PostgreSQL's advisory lock that makes a second migration wait for the first."""


def migrate(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own where the database can do that."""
    if connection.dialect.name == "postgresql":
        # A migration may wait for another, and take its time; the limits are for requests.
        connection.execute(text("set lock_timeout = 0"))
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text(f"select pg_advisory_lock({LOCK})"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def database() -> str:
    """Return the URL of the database: that of the ini file, unless a command names another, like a restored copy."""
    with load(str(context.config.config_file_name)).reading() as read:
        return context.config.attributes.get("url") or read("sqlalchemy.url", database_url)


engine = make_engine(database())
with engine.connect() as connection:
    migrate(connection)
engine.dispose()
