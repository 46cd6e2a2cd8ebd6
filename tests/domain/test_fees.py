"""Fees: bands by amount, rounded half up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, money
from flash.domain.fees import Fees, parse_fees
from flash.domain.money import EUR, ZMW, Money

SCHEDULE = parse_fees("150.00: 0.42, 500.00: 1.00 + 0.5%, 1000.00: 1%", ZMW)


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        ("0.01", "0.42"),
        ("150.00", "0.42"),
        ("150.01", "1.75"),
        ("500.00", "3.50"),
        ("500.01", "5.00"),
        ("1000.00", "10.00"),
        ("1000.01", "10.00"),
        ("5000.00", "50.00"),
    ],
)
def test_a_band_reaches_up_to_its_amount_and_the_last_one_beyond(amount, fee):
    assert SCHEDULE.fee(money(amount)) == money(fee)


@pytest.mark.parametrize(("amount", "fee"), [("0.49", "0.00"), ("0.50", "0.01"), ("1.49", "0.01"), ("1.50", "0.02")])
def test_a_share_is_rounded_half_up_to_the_ngwee(amount, fee):
    assert parse_fees("1000: 1%", ZMW).fee(money(amount)) == money(fee)


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_no_bands_mean_no_fee(text):
    fees = parse_fees(text, ZMW)
    assert fees == Fees()
    assert fees.fee(Money(2500, EUR)) == Money(0, EUR)


@pytest.mark.parametrize("text", ["150: 0.42 + 1%", "150:0.42+1%", " 150.00 :  0.42  +  1.00% "])
def test_a_band_may_be_spaced_as_one_likes(text):
    assert parse_fees(text, ZMW) == parse_fees("150: 0.42 + 1.0%", ZMW)


@pytest.mark.parametrize(
    "text",
    [
        "150",
        "150:",
        ": 1",
        "free",
        "150: free",
        "150: -1",
        "-150: 1",
        "150: 1 + -1%",
        "150: NaN%",
        "150: Infinity%",
        "150: 0.001",
        "150: 1; 200: 2",
        "150: 1, 150: 2",
        "200: 1, 150: 2",
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for whoever reads the log, not a promise
        parse_fees(text, ZMW)


@pytest.mark.parametrize("text", ["150: one%", "150: %", "150: 1 + x%"])
def test_a_share_that_is_no_number_is_refused_like_all_else(text):
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse_fees(text, ZMW)


@pytest.mark.parametrize("text", ["150: 1.00 + 2.00", "150: 1% + 2%"])
def test_a_band_with_two_prices_of_a_kind_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse_fees(text, ZMW)


@REPEATABLE
@given(st.integers(1, 2_000_000))
def test_a_fee_is_never_negative_and_always_of_the_amounts_currency(minor):
    fee = SCHEDULE.fee(Money(minor))
    assert fee >= Money(0)
    assert fee.currency == ZMW
