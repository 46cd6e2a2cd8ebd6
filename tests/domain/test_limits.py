"""Limits: bounds for one payment, and a limit per local day and tier."""

from datetime import UTC, date, datetime

import pytest

from factories import money
from flash.domain.errors import AmountOutOfBounds
from flash.domain.limits import Bounds, Limits, day_limit_reached, local_day
from flash.domain.routing import Operator

LIMITS = Limits(
    bounds={
        Operator.MTN: Bounds(money("1.00"), money("20000.00")),
        Operator.AIRTEL: Bounds(money("5.00"), money("3000.00")),
    },
    per_day={1: money("1000.00"), 3: money("10000.00")},
)
NO_FEE = money("0.00")
BOTH = {"payer": Operator.MTN, "payee": Operator.AIRTEL}


@pytest.mark.parametrize("amount", ["5.00", "5.01", "3000.00"])
def test_an_amount_within_the_bounds_of_both_operators_is_taken(amount):
    LIMITS.check_amount(money(amount), NO_FEE, **BOTH)


@pytest.mark.parametrize("amount", ["-1.00", "0.00", "4.99"])
def test_an_amount_below_the_higher_least_is_refused(amount):
    with pytest.raises(AmountOutOfBounds, match=r"smallest amount .* K5\.00") as refusal:
        LIMITS.check_amount(money(amount), NO_FEE, **BOTH)
    assert refusal.value.field == "amount"


def test_an_amount_above_the_lower_most_is_refused():
    with pytest.raises(AmountOutOfBounds, match=r"largest amount .* K3,000\.00"):
        LIMITS.check_amount(money("3000.01"), NO_FEE, **BOTH)


def test_an_operator_that_takes_no_part_sets_no_bounds():
    LIMITS.check_amount(money("20000.00"), NO_FEE, payer=Operator.MTN, payee=Operator.MTN)


def test_the_payers_operator_has_to_take_amount_and_fee_and_the_payees_the_amount_alone():
    fee = money("100.00")
    LIMITS.check_amount(money("3000.00"), fee, payer=Operator.MTN, payee=Operator.AIRTEL)
    with pytest.raises(AmountOutOfBounds, match=r"largest amount .* K2,900\.00"):
        LIMITS.check_amount(money("2900.01"), fee, payer=Operator.AIRTEL, payee=Operator.MTN)


@pytest.mark.parametrize(
    ("tier", "limit"), [(0, "1000.00"), (1, "1000.00"), (2, "1000.00"), (3, "10000.00"), (9, "10000.00")]
)
def test_a_tier_without_a_limit_of_its_own_has_the_highest_below_it(tier, limit):
    assert LIMITS.of_day(tier) == money(limit)


def test_a_reached_limit_names_the_limit_and_the_field():
    refusal = day_limit_reached(money("1000.00"))
    assert (refusal.field, refusal.code) == ("amount", "day_limit_reached")
    assert "K1,000.00" in refusal.text


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 23, 21, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 22, 0, 0, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_a_day_begins_at_midnight_in_lusaka(instant, day):
    assert local_day(instant) == day
