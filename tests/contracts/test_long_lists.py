"""A list over a hundred thousand rows of one person answers its first page by a short walk along an index."""

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Table, event, select, text

from asking import a_request, person
from factories import PAYEE, PAYER, World
from flash.adapters.sql.request_tables import payment_requests
from flash.adapters.sql.tables import transfers
from flash.domain.history import Place, Span, month_of

MANY = 100_000
PAGE = 20
FAR_AWAY = month_of(date(2027, 3, 1))


WAYS = {
    "postgresql": (
        f"generate_series(1, {MANY}) AS s(n)",
        {"id": "md5(n::text)::uuid", "created_at": "created_at - n * interval '1 second'"},
    ),
    "sqlite": (
        f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s) AS s",
        {
            "id": "printf('%032x', n)",
            "created_at": "strftime('%Y-%m-%d %H:%M:%f000', created_at, '-' || n || ' seconds')",
        },
    ),
}
"""How each database counts, and makes an id and an older time from a number."""


def multiply(world: World, table: Table, **changed: str) -> None:
    """Copy the only row of a table so many times, each with an id, a number and a time of its own."""
    series, own = WAYS[world.database.engine.dialect.name]
    values = {**{column.name: f'"{column.name}"' for column in table.c}, "number": "'N' || n", **own, **changed}
    names = ", ".join(f'"{name}"' for name in values)
    with world.database.engine.begin() as connection:
        columns = ", ".join(values.values())
        connection.execute(text(f"INSERT INTO {table.name} ({names}) SELECT {columns} FROM {table.name}, {series}"))
        connection.execute(text("ANALYZE"))


def plan(world: World, call: Any) -> Iterator[str]:
    """Yield what the database says of how it did the only statement of this call."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    engine = world.database.engine
    with world.database.unit_of_work() as store:
        store.accounts.by_msisdn(world.person().msisdn)  # The transaction has begun.
        event.listen(engine, "before_cursor_execute", note)
        call(store)
        event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = found
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for row in connection.exec_driver_sql(f"explain query plan {statement}", parameters):
                yield row.detail
        else:
            (told,) = connection.exec_driver_sql(f"explain (analyze, format json) {statement}", parameters).one()
            yield json.dumps(told)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def assert_short(world: World, table: Table, call: Any, index: str) -> None:
    """Check that a page walks along this index, and touches about as many rows as it has in each direction."""
    told = list(plan(world, call))
    assert any(index in line for line in told), told
    if world.database.engine.dialect.name == "sqlite":
        assert not [line for line in told if f"SCAN {table.name}" in line]
    else:
        touched = [
            (node["Node Type"], node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
            for node in nodes(json.loads(told[0])[0]["Plan"])
        ]
        assert max(rows for _, rows in touched) <= 2 * (PAGE + 1), touched


def test_requests_for_money(sql_world: World) -> None:
    a_request(sql_world)
    multiply(sql_world, payment_requests)
    for number, index in (
        (PAYEE, "ix_payment_requests_requester_id_created_at"),
        (PAYER, "ix_payment_requests_payer_created_at"),
    ):
        whose = person(sql_world, number)
        page = partial(lambda account, store: store.requests.page(account, limit=PAGE), whose)
        assert_short(sql_world, payment_requests, page, index)


def test_the_history_of_transfers(sql_world: World) -> None:
    sql_world.send()
    multiply(sql_world, transfers, state="CASE n % 2 WHEN 0 THEN 'completed' ELSE 'failed' END")
    for number, index in ((PAYER, "ix_transfers_payer_id_created_at"), (PAYEE, "ix_transfers_payee_completed")):
        whose = person(sql_world, number)
        for before in (None, half_way(sql_world)):
            page = partial(
                lambda account, before, store: store.history.page(account, Span(), limit=PAGE, before=before),
                whose,
                before,
            )
            assert_short(sql_world, transfers, page, index)


def half_way(world: World) -> Place:
    """The place of a payment that is as far from the first as from the last."""
    deep = select(transfers.c.created_at, transfers.c.id).order_by(transfers.c.created_at.desc()).offset(50_000)
    with world.database.engine.connect() as connection:
        return Place(*connection.execute(deep.limit(1)).one())


def test_statements_and_totals_read_no_more_than_their_months(sql_world: World) -> None:
    sql_world.send()
    older = {"updated_at": WAYS[sql_world.database.engine.dialect.name][1]["created_at"]}
    multiply(sql_world, transfers, state="CASE n % 2 WHEN 0 THEN 'completed' ELSE 'returned' END", **older)
    # SQLite takes now one, now another index of the payee, and sorts then; it is for demos.
    is_sqlite = sql_world.database.engine.dialect.name == "sqlite"
    received = "ix_transfers_payee_" if is_sqlite else "ix_transfers_payee_ended"
    for number, index in ((PAYER, "ix_transfers_payer_id_ended"), (PAYEE, received)):
        whose = person(sql_world, number)
        page = partial(lambda account, store: store.history.ended(account, Span(), limit=PAGE, after=None), whose)
        assert_short(sql_world, transfers, page, index)
    for number, index in ((PAYER, "ix_transfers_payer_id_created_at"), (PAYEE, "ix_transfers_payee_completed")):
        whose = person(sql_world, number)
        totals = partial(lambda account, store: store.history.totals(account, [FAR_AWAY]), whose)
        told = list(plan(sql_world, totals))
        assert any(index in line for line in told), told
