"""Migrations run on the database of the ini file that alembic was given, one process at a time."""

import logging
import time

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from flash.adapters.sql.store import make_engine
from flash.adapters.sql.tables import metadata
from flash.settings import load
from flash.wiring import database_url

log = logging.getLogger("flash.migrations")

LOCK = 7_270_260
"""PostgreSQL's advisory lock that makes a second migration wait for the first; it ends with its connection."""

LOCK_WAIT_S = 1
"""So long a change of a table waits for those who use it: all who come after it queue behind it meanwhile."""
AGAIN_S = 1.0
TRIES = 300
"""How often it is tried, so that those who queued get through in between: for five to ten minutes."""
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"


def migrate(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own where the database can do that.

    One that is killed, or does not get its lock, leaves nothing of itself; those before it stay.
    """
    if connection.dialect.name != "postgresql":
        run_what_is_missing(connection)
        return
    # A migration may wait for another, and take its time; the limits are for requests.
    connection.execute(text("set lock_timeout = 0"))
    connection.execute(text("set statement_timeout = 0"))
    connection.execute(text(f"select pg_advisory_lock({LOCK})"))
    connection.execute(text(f"set lock_timeout = '{LOCK_WAIT_S}s'"))
    connection.commit()
    for _ in range(TRIES - 1):
        try:
            run_what_is_missing(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED):
                raise
            connection.rollback()
            log.info("a table is in use; trying again")
            time.sleep(AGAIN_S)
        else:
            return
    run_what_is_missing(connection)


def run_what_is_missing(connection: Connection) -> None:
    """Run the migrations that the database has not had."""
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
