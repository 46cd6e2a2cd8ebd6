"""Make a database as if it were new, quickly: most tests fill a few tables of many."""

from functools import cache

from sqlalchemy import Connection

from flash.adapters.sql.tables import metadata


def empty(connection: Connection) -> None:
    """Delete all rows of all tables, those first that refer to others."""
    filled = set(connection.exec_driver_sql(_which_are_filled()).scalars())
    for table in reversed(metadata.sorted_tables):
        if table.name in filled:
            connection.execute(table.delete())


@cache
def _which_are_filled() -> str:
    """Return the question; not before the first test, because tables make themselves known as they are imported."""
    each = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in metadata.tables)
    return " UNION ALL ".join(each)
