"""Closing days, on every database: once, in order, and so that a later change of the past shows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from factories import World, at_once, settled, waiting
from flash.adapters.sql.tables import day_closes, evidence, postings, steps
from flash.domain.day_close import DayClose, Seal, begins, may_be_closed
from flash.domain.errors import Conflict
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.usecases.close_day import close_days, verify_days
from statements import a_statement, line_of, reconciled

SEAL = Seal.of(b"a secret")
DAY = date(2026, 11, 23)
"""The day on which the clock of tests stands."""


def close(world: World, until: date | None = None, **openings: int) -> list[DayClose]:
    told = {Operator(name): Money(minor) for name, minor in openings.items()}
    database = world.database
    days = close_days(
        until, told, snapshot=database.snapshot, unit_of_work=database.unit_of_work, clock=world.clock, seal=SEAL
    )
    return list(days)


def verified(world: World, seal: Seal = SEAL) -> list[tuple[date, str]]:
    return [(one.day, told) for one, told in verify_days(snapshot=world.database.snapshot, seal=seal)]


def next_day(world: World, days: int = 1) -> None:
    """Let the clock reach noon of a later day."""
    day = world.clock.now().date() + timedelta(days=days)
    world.clock.pass_by(datetime(day.year, day.month, day.day, 10, tzinfo=UTC) - world.clock.now())


def busy_days(world: World, count: int = 2) -> None:
    """Complete a payment on each of some days, and close them."""
    for number in range(count):
        world.answers(waiting(world.clock), settled(world.clock))
        world.send(f"{20 + number}.00")
        world.pass_by(60, every=5)
        next_day(world)
        close(world)


def test_a_day_is_closed_with_what_happened_in_it(world: World) -> None:
    busy_days(world)
    first, second = [one for one, _ in verify_days(snapshot=world.database.snapshot, seal=SEAL)]
    assert (first.day, second.day) == (DAY, DAY + timedelta(days=1))
    assert first.balances == {
        "payer:mtn": -2000,
        "float:mtn:collection": 2000,
        "float:airtel:payout": -2000,
        "payee:airtel": 2000,
    }
    assert second.balances["float:airtel:payout"] == -4100
    assert '"ended":{"completed":1}' in second.contents
    assert verified(world) == [(DAY, ""), (DAY + timedelta(days=1), "")]


def test_a_day_is_closed_once(world: World) -> None:
    next_day(world)
    assert [one.day for one in close(world)] == [DAY]
    assert close(world) == []
    with pytest.raises(Conflict, match="closed already"):
        close(world, mtn=100)


def test_a_day_is_closed_when_it_has_ended_long_enough_ago(world: World) -> None:
    for day in (DAY, DAY + timedelta(days=3)):
        with pytest.raises(Conflict, match="cannot be closed yet"):
            close(world, day)
    midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert begins(DAY + timedelta(days=1)) == midnight
    assert not may_be_closed(DAY, midnight + timedelta(minutes=14))
    assert may_be_closed(DAY, midnight + timedelta(minutes=15))


def test_days_that_were_left_out_are_closed_in_their_order(world: World) -> None:
    next_day(world)
    close(world)
    next_day(world, 4)
    assert [one.day for one in close(world)] == [DAY + timedelta(days=number) for number in (1, 2, 3, 4)]
    assert [told for _, told in verified(world)] == [""] * 5


def test_two_closes_at_once_give_one(sql_world: World) -> None:
    next_day(sql_world)
    runs = at_once(4, lambda _: close(sql_world))
    assert sum(len(run) for run in runs if isinstance(run, list)) == 1
    assert verified(sql_world) == [(DAY, "")]


def test_what_a_wallet_holds_beside_the_journal_is_kept_until_told_otherwise(world: World) -> None:
    next_day(world)
    assert close(world, mtn=500)[0].openings == {"mtn": 500}
    next_day(world)
    assert close(world, airtel=7)[0].openings == {"mtn": 500, "airtel": 7}
    next_day(world)
    assert close(world)[0].openings == {"mtn": 500, "airtel": 7}


def test_what_is_proven_late_belongs_to_the_day_of_the_proof(world: World) -> None:
    """A posting carries the time of the outcome, so no closed day ever gets another one."""
    world.answers(waiting(world.clock))
    transfer = world.send()
    world.pass_by(30, every=5)
    leg = world.get(transfer).the_open_leg()
    next_day(world)
    close(world)
    found = reconciled(world, a_statement(line_of(leg)))
    assert [one.became for one in found] == ["healed"]
    assert world.get(transfer).state is State.COLLECTED
    assert all(one.at >= begins(DAY + timedelta(days=1)) for one in world.file(transfer).dossier.postings)
    assert verified(world) == [(DAY, "")]
    next_day(world)
    assert close(world)[0].balances["float:mtn:collection"] == leg.amount.minor
    assert [told for _, told in verified(world)] == ["", ""]


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda: update(postings).where(_first(postings)).values(amount_minor=1), "accounts, balances, rows"),
        (lambda: delete(postings).where(_first(postings)), "accounts, balances, postings, rows"),
        (lambda: update(postings).where(_first(postings)).values(at=begins(DAY) + timedelta(hours=1)), "rows"),
        (lambda: update(evidence).where(_first(evidence)).values(body="SUCCESSFUL"), "rows"),
        (lambda: update(evidence).where(_first(evidence)).values(meaning="settled"), "rows"),
        (lambda: delete(evidence).where(_first(evidence)), "evidence, rows"),
        (lambda: update(steps).where(steps.c.number == 5).values(after="failed"), "ended"),
    ],
    ids=[
        "a posting's amount",
        "a posting less",
        "a posting's time",
        "an answer's body",
        "an answer's meaning",
        "an answer less",
        "how a payment ended",
    ],
)
def test_a_change_of_a_closed_day_shows_at_that_day(sql_world: World, tamper: Callable[[], Any], told: str) -> None:
    busy_days(sql_world)
    with sql_world.database.engine.begin() as connection:
        connection.execute(tamper())
    assert verified(sql_world) == [(DAY, f"{told} changed since it was closed")]


def _first(table: Any) -> Any:
    return table.c.id == 1


@pytest.mark.parametrize("at", [begins(DAY) - timedelta(days=400), begins(DAY) + timedelta(hours=9)])
def test_an_added_pair_of_postings_shows_though_it_sums_to_zero(sql_world: World, at: datetime) -> None:
    busy_days(sql_world)
    transfer = sql_world.send()
    leg = transfer.latest(Kind.COLLECTION)
    common = {"transfer_id": transfer.id, "reference": leg.reference, "currency": "ZMW", "account": "fees", "at": at}
    with sql_world.database.engine.begin() as connection:
        for minor in (-5, 5):
            connection.execute(insert(postings).values(**common, amount_minor=minor))
    ((day, told),) = verified(sql_world)
    assert (day, told) == (DAY, "accounts, balances, postings, rows changed since it was closed")


def test_an_edited_a_forged_and_a_deleted_close_each_show(sql_world: World) -> None:
    busy_days(sql_world, 3)
    days = [DAY + timedelta(days=number) for number in range(3)]
    assert verified(sql_world) == [(day, "") for day in days]
    _, second, _ = [one for one, _ in verify_days(snapshot=sql_world.database.snapshot, seal=SEAL)]
    row = day_closes.c.day == second.day

    def set_to(**values: Any) -> None:
        with sql_world.database.engine.begin() as connection:
            connection.execute(update(day_closes).where(row).values(**values))

    edited = second.contents.replace('"completed":1', '"completed":2')
    set_to(contents=edited)
    assert verified(sql_world)[-1] == (second.day, "its signature does not fit")
    forged = Seal.of(b"another secret")
    renamed = edited.replace(SEAL.name, forged.name)
    set_to(contents=renamed, signature=forged.signature(renamed))
    assert verified(sql_world)[-1] == (second.day, "it was signed with another key (was flash.secret changed?)")
    set_to(contents=edited, signature=forged.signature(edited))
    assert verified(sql_world)[-1] == (second.day, "its signature does not fit")
    set_to(contents=second.contents, signature=second.signature)
    assert verified(sql_world)[-1] == (days[-1], "")
    with sql_world.database.engine.begin() as connection:
        connection.execute(delete(day_closes).where(row))
    assert verified(sql_world)[-1] == (days[-1], f"it does not follow {DAY}")
    with sql_world.database.engine.begin() as connection:
        connection.execute(delete(day_closes).where(day_closes.c.day == DAY))
    assert verified(sql_world) == [(days[-1], "it refers to another day before it than there is")]


def test_a_close_that_is_moved_to_another_day_shows(sql_world: World) -> None:
    busy_days(sql_world, 1)
    with sql_world.database.engine.begin() as connection:
        connection.execute(update(day_closes).values(day=DAY - timedelta(days=1)))
    ((_, told),) = verified(sql_world)
    assert told.startswith("accounts, balances, day, ")
