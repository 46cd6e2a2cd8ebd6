"""What operators say our wallets hold, next to the journal, while money moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, ScriptedProvider, World, money, settled, waiting
from flash.domain.balance import Reading, unexplained
from flash.domain.day_close import Seal
from flash.domain.money import Money
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.usecases.close_day import close_days
from flash.usecases.reconcile import Balance, compare_balances

ALONE = {operator: (f"float:{operator}:payout",) for operator in Operator}
JOINT = {operator: (f"float:{operator}:payout", f"float:{operator}:collection") for operator in Operator}


@dataclass
class Wallet:
    """An operator that tells one balance, and lets something happen while it is asked."""

    holds: Money | None
    meanwhile: Callable[[], Any] = lambda: None

    def float_available(self) -> Money | None:
        self.meanwhile()
        return self.holds


def compared(
    world: World, wallet: Any, opening: str | None = "1000.00", wallets: Any = ALONE, operator: Any = Operator.AIRTEL
) -> list[Balance]:
    openings = {operator: money(opening)} if opening else {}
    return list(compare_balances({operator: wallet}, wallets, openings, snapshot=world.database.snapshot))


def paid(world: World) -> None:
    """Have K25.00 been collected at MTN and paid out at Airtel."""
    world.answers(waiting(world.clock), settled(world.clock))
    transfer = world.send("25.00")
    world.pass_by(60)
    assert world.get(transfer).state is State.COMPLETED


def test_a_balance_that_the_journal_explains_agrees() -> None:
    world = World()
    paid(world)
    (found,) = compared(world, Wallet(money("975.00")))
    assert (found.agrees, found.journal) == (True, money("-25.00"))


@pytest.mark.parametrize(("holds", "gap"), [("975.01", "0.01"), ("974.99", "-0.01")])
def test_one_ngwee_that_nothing_explains_is_a_difference(holds: str, gap: str) -> None:
    world = World()
    paid(world)
    (found,) = compared(world, Wallet(money(holds)))
    assert (found.agrees, found.gap) == (False, money(gap))


@pytest.mark.parametrize(
    ("holds", "agrees"), [("975.00", True), ("950.00", True), ("975.01", False), ("949.99", False)]
)
def test_a_payout_under_way_may_or_may_not_be_off_already(holds: str, agrees: bool) -> None:
    world = World()
    paid(world)
    world.operate(ScriptedProvider([settled(world.clock)]), ScriptedProvider([waiting(world.clock)]))
    transfer = world.send("25.00")
    world.pass_by(60)
    assert world.get(transfer).state is State.PAYING_OUT
    (found,) = compared(world, Wallet(money(holds)))
    assert found.agrees is agrees


@pytest.mark.parametrize("holds", ["1000.00", "975.00"])
def test_a_payment_that_happens_while_one_looks_is_no_difference(holds: str) -> None:
    world = World()
    (found,) = compared(world, Wallet(money(holds), lambda: paid(world)))
    assert found.agrees


def test_where_both_share_a_wallet_collections_count_too() -> None:
    world = World()
    paid(world)
    (found,) = compared(world, Wallet(money("1025.00")), wallets=JOINT, operator=Operator.MTN)
    assert found.agrees
    world.answers(waiting(world.clock))
    world.send("30.00")
    world.pass_by(10)
    for holds, agrees in (("1025.00", True), ("1055.00", True), ("1055.01", False), ("1024.99", False)):
        (found,) = compared(world, Wallet(money(holds)), wallets=JOINT, operator=Operator.MTN)
        assert found.agrees is agrees


def test_without_an_opening_or_an_answer_nothing_agrees() -> None:
    world = World()
    (unsaid,) = compared(world, Wallet(money("5.00")), opening=None)
    (silent,) = compared(world, Wallet(None))
    assert (unsaid.agrees, silent.agrees) == (False, False)


def test_an_operator_that_tells_no_balance_is_left_out() -> None:
    world = World()
    assert compared(world, ScriptedProvider([waiting(world.clock)])) == []


def test_the_opening_of_the_last_closed_day_counts_unless_one_is_told() -> None:
    world = World()
    paid(world)
    world.clock.pass_by(timedelta(days=1))
    database = world.database
    list(
        close_days(
            None,
            {Operator.AIRTEL: money("1000.00")},
            snapshot=database.snapshot,
            unit_of_work=database.unit_of_work,
            clock=world.clock,
            seal=Seal.of(b"s"),
        )
    )
    paid(world)
    (found,) = compared(world, Wallet(money("950.00")), opening=None)
    assert (found.agrees, found.opening) == (True, money("1000.00"))


MINOR = st.integers(0, 10_000)


@given(MINOR, MINOR, MINOR, st.integers(-10_000, 10_000))
@REPEATABLE
def test_whatever_part_of_what_is_under_way_has_moved_is_explained(out: int, taken: int, coming: int, at: int) -> None:
    reading = Reading(Money(at), leaving=Money(out), coming=Money(coming))
    told = Money(500 + at - min(taken, out) + min(taken, coming))
    assert unexplained(told, Money(500), reading, reading).minor == 0
    assert unexplained(Money(500 + at - out - 1), Money(500), reading, reading).minor == -1
    assert unexplained(Money(500 + at + coming + 1), Money(500), reading, reading).minor == 1
