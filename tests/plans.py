"""How a database answers a question: by an index, or by reading everything."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


def plan_of(engine: Engine, read: Callable[[], object]) -> str:
    """Return the plan of the last SELECT that *read* sends, as the database explains it."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    read()
    event.remove(engine, "before_cursor_execute", note)
    statement, parameters = found[-1]
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with engine.connect() as connection:
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
