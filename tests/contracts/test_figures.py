"""Figures of the moment and of a day: exact on each database, and each from an index."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from asking import a_request, approve
from factories import PAYEE, World, money
from flash.domain import message
from flash.domain.day_report import Begun, Moved, Pace, Score
from flash.domain.errors import BadInput
from flash.domain.facts import Occasion
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.outcome import Reason
from flash.domain.routing import Operator
from flash.domain.standing import Waiting
from flash.domain.transfer import State
from flash.usecases.figures import read_backlog, report_day

DAY = date(2026, 11, 23)


def backlog(world: World) -> Any:
    with world.database.snapshot() as store:
        return read_backlog(store, world.clock.now())


def report(world: World, day: date | None = DAY) -> Any:
    return report_day(day, snapshot=world.database.snapshot, clock=world.clock)


def test_what_waits_is_counted_with_since_when(world: World) -> None:
    began = world.clock.now()
    world.send("10.00", payer="0960000001")
    world.clock.pass_by(timedelta(seconds=5))
    world.send("20.00", payer="0960000002")
    world.clock.pass_by(timedelta(seconds=1))
    told = backlog(world)
    assert told.due == Waiting(2, began)
    assert told.open == {State.RECORDED: (2, money("30.00"))}
    assert (told.messages, told.cases, told.events) == ({}, Waiting(), Waiting())

    world.pass_by(60)
    told = backlog(world)
    assert (told.due, told.open) == (Waiting(), {})
    assert told.messages[message.Kind.OUTCOME].count == 4
    assert told.messages[message.Kind.OUTCOME].since > began


def test_a_case_waits_until_it_is_closed(world: World) -> None:
    world.send("25.83")
    world.pass_by(60)
    cases = backlog(world).cases
    assert cases.count == 1
    with world.database.unit_of_work() as store:
        store.reviews.close(1, world.clock.now())
    assert backlog(world).cases == Waiting()
    told = report(world)
    assert (told.cases_opened, told.cases_closed) == (1, 1)


def test_a_day_is_told_by_how_its_payments_ended_and_why(world: World) -> None:
    world.send("100.00", payer="0960000001")
    world.send("50.00", payer="0960000002", payee="0970000072")
    world.send("40.00", payer="0960000061")
    world.cancel(world.send("30.00", payer="0960000003"), by="0960000003")
    approve(world, a_request(world, "20.00", of="0960000004"), by="0960000004")
    world.pass_by(80)
    world.send("7.00", payer="0960000081")
    world.pass_by(5)
    told = report(world)
    assert told.begun == Begun(6, money("247.00"), 1, money("7.00"))
    assert told.score == Score(completed=2, failed=1, returned=1, cancelled=1)
    assert told.score.success_rate == 0.5
    assert told.by_payer_operator == {Operator.MTN: told.score}
    assert told.by_payee_operator == {Operator.AIRTEL: told.score}
    assert told.reasons == {
        (State.FAILED, Reason.NOT_ENOUGH_FUNDS): 1,
        (State.RETURNED, Reason.PAYEE_LIMIT_REACHED): 1,
        (State.CANCELLED, Reason.CANCELLED_BY_PAYER): 1,
    }
    assert (told.volume, told.fees) == (money("120.00"), Money(0))
    assert told.moved == [
        Moved(Operator.AIRTEL, Kind.DISBURSEMENT, 2, money("120.00")),
        Moved(Operator.MTN, Kind.COLLECTION, 3, money("170.00")),
        Moved(Operator.MTN, Kind.REFUND, 1, money("50.00")),
    ]
    assert told.pace.median is not None
    assert timedelta(seconds=10) < told.pace.median <= told.pace.p95 < timedelta(seconds=80)
    assert told.joined == 7


def test_a_day_begins_and_ends_at_midnight_in_lusaka(world: World) -> None:
    world.clock.pass_by(timedelta(hours=13, minutes=59, seconds=50))  # 23:59:50 of the 23rd there.
    world.send("10.00")
    world.pass_by(60)
    world.send("20.00", payer=PAYEE, payee="0960000001")
    first, second = report(world), report(world, date(2026, 11, 24))
    assert first.begun == Begun(1, money("10.00"), 0, Money(0))
    assert (first.score, first.joined) == (Score(), 1)
    assert first.pace == Pace()
    assert second.begun == Begun(1, money("20.00"), 1, money("20.00"))
    assert (second.score, second.joined) == (Score(completed=1), 1)
    assert report(world, None) == first
    with pytest.raises(BadInput):
        report(world, date(2026, 11, 25))


def test_a_link_and_a_request_are_told_from_a_send(world: World) -> None:
    approve(world, a_request(world))
    world.send("30.00", payer="0960000005")
    world.pass_by(80)
    now = world.clock.now()
    with world.database.snapshot() as store:
        ended = list(store.figures.ended(now - timedelta(hours=1), now))
    assert {one.way.occasion: one.amount for one in ended} == {
        Occasion.REQUEST: money("25.00"),
        Occasion.SEND: money("30.00"),
    }


WHOLE = {"postgresql": re.compile(r"Seq Scan on (\w+)"), "sqlite": re.compile(r"SCAN (\w+)(?!.* INDEX )")}
SMALL = {"webhook_endpoints", "anon_1"}
"""There are as many endpoints as partners; and what the queues of all came to has a row for each."""


def test_no_figure_is_read_from_a_whole_table(sql_world: World) -> None:
    """With reading it all made unattractive, because the planner prefers it for tables that are empty."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    engine = sql_world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    backlog(sql_world)
    report(sql_world)
    event.remove(engine, "before_cursor_execute", note)
    statements = [(statement, parameters) for statement, parameters in found if statement.startswith("SELECT")]
    assert len(statements) == 5 + 6
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        for statement, parameters in statements:
            plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]
            assert set(WHOLE[engine.dialect.name].findall("\n".join(plan))) <= SMALL, (statement, plan)
