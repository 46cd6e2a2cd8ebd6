"""The same order twice is one order."""

import pytest

from factories import money, msisdn
from flash.domain.errors import BadInput
from flash.domain.idempotency import check_key, fingerprint
from flash.domain.money import EUR, Money

ORDER = (msisdn("0970000002"), money("25.00"), "Lunch")


def test_the_same_order_has_the_same_fingerprint_however_it_was_written():
    assert fingerprint(msisdn("+260 97 000-0002"), money("25"), "Lunch") == fingerprint(*ORDER)


@pytest.mark.parametrize(
    "other",
    [
        (msisdn("0970000003"), ORDER[1], ORDER[2]),
        (ORDER[0], money("25.01"), ORDER[2]),
        (ORDER[0], Money(2500, EUR), ORDER[2]),
        (ORDER[0], ORDER[1], "Supper"),
        (ORDER[0], ORDER[1], ""),
    ],
)
def test_another_payee_amount_currency_or_text_is_another_order(other):
    assert fingerprint(*other) != fingerprint(*ORDER)


def test_no_two_fields_run_into_each_other():
    assert fingerprint(ORDER[0], money("0.01"), '1", "x') != fingerprint(ORDER[0], money("0.11"), "x")


@pytest.mark.parametrize("key", [None, ""])
def test_an_empty_key_is_no_key(key):
    assert check_key(key) is None


@pytest.mark.parametrize("key", ["k", "a key with spaces", "~" * 255])
def test_a_key_is_kept_as_it_is(key):
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["k" * 256, "k\n", "k\x00", "kéy", "\x7f"])
def test_a_key_that_a_header_should_not_carry_is_refused(key):
    with pytest.raises(BadInput, match="255 printable ASCII"):
        check_key(key)
