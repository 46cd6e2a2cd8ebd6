"""Money: whole ngwee, never a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, money
from flash.domain.errors import BadAmount
from flash.domain.money import EUR, ZMW, Currency, Money, parse_money

YEN = Currency("JPY", 0)


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("25", 2500),
        ("25.5", 2550),
        ("25.50", 2550),
        ("25.500000", 2550),
        (" 25.50 ", 2550),
        ("0.01", 1),
        ("0", 0),
        ("9999999999.99", 999_999_999_999),
        (26, 2600),
        (Decimal("25.50"), 2550),
        (Decimal("1E+3"), 100_000),
        ("0.000e-400", 0),
    ],
)
def test_text_integers_and_decimals_are_read_as_ngwee(written, minor):
    assert parse_money(written) == Money(minor, ZMW)


@pytest.mark.parametrize(
    "wrong",
    [
        25.5,
        1e400,
        float("nan"),
        True,
        False,
        None,
        b"25",
        [25],
        "",
        " ",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "1e99999999999999999999",
        "12,50",
        "K25",
        "25.50.10",
        "twenty",
        "10000000000.00",
        "10000000000",
        Decimal("NaN"),
        Decimal("1e400"),
        10**30,
    ],
)
def test_what_is_no_amount_of_money_is_refused(wrong):
    with pytest.raises(BadAmount) as refusal:
        parse_money(wrong)
    assert refusal.value.field == "amount"


@pytest.mark.parametrize("wrong", ["25.001", "0.001", "1e-3", "1e-400", Decimal("25.505")])
def test_more_decimals_than_the_currency_has_are_refused(wrong):
    with pytest.raises(BadAmount, match="at most 2 decimals"):
        parse_money(wrong)


@pytest.mark.parametrize(
    "wrong",
    ["25.00000000000000000000000000000001", "25.009999999999999999999999999999", "9999999999.99999999999999999999999"],
)
def test_more_decimals_are_refused_however_many_there_are(wrong):
    with pytest.raises(BadAmount):
        parse_money(wrong)


def test_a_currency_without_decimals_takes_none():
    assert parse_money("25", YEN) == Money(25, YEN)
    assert str(Money(25, YEN)) == "25"
    with pytest.raises(BadAmount):
        parse_money("25.5", YEN)


@REPEATABLE
@given(st.integers(-999_999_999_999, 999_999_999_999), st.sampled_from([ZMW, EUR]))
def test_what_is_printed_reads_back_as_the_same_money(minor, currency):
    amount = Money(minor, currency)
    assert parse_money(str(amount), currency) == amount


@REPEATABLE
@given(st.floats())
def test_no_float_ever_enters(value):
    with pytest.raises(BadAmount):
        parse_money(value)


@REPEATABLE
@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_sums_are_exact(a, b):
    assert Money(a) + Money(b) == Money(a + b)
    assert Money(a) - Money(b) == Money(a) + -Money(b)
    assert (Money(a) < Money(b)) == (a < b)
    assert (Money(a) >= Money(b)) == (a >= b)


@pytest.mark.parametrize("combine", [Money.__add__, Money.__sub__, Money.__lt__])
def test_currencies_are_never_combined(combine):
    with pytest.raises(TypeError, match="ZMW and EUR"):
        combine(Money(1, ZMW), Money(1, EUR))


def test_the_same_number_in_another_currency_is_other_money():
    assert Money(1, ZMW) != Money(1, EUR)


@pytest.mark.parametrize(("amount", "text"), [("1250", "1250.00"), ("0.05", "0.05"), ("-0.05", "-0.05")])
def test_money_prints_with_its_decimals(amount, text):
    assert str(money(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(money("1250"), "K1,250.00"), (Money(5), "K0.05"), (Money(125_000, EUR), "EUR 1,250.00")]
)
def test_people_read_money_as_they_write_it(amount, text):
    assert amount.spoken == text
