"""What a code says: everything that goes in comes out, and nothing else is ever read out of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, money
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.domain.money import EUR, Money
from flash.domain.msisdn import Msisdn
from flash.domain.number import TRANSFER, a_number
from flash.domain.receipt import EPOCH, LAST_MOMENT, Facts, Receipt, Standing, packed, receipt_of, unpacked
from flash.domain.seal import BrokenSeal, code_of
from flash.domain.transfer import FINAL, State

CLOCK, CHANCE = MemoryClock(), MemoryChance()
RECEIPT = Receipt(
    number=a_number(TRANSFER, CLOCK.now(), CHANCE.new_id()),
    amount=money("25.50"),
    last_digits="007",
    at=CLOCK.now().replace(microsecond=0),
    standing=Standing.PAID_OUT,
)
SAYABLE = [standing for standing in Standing if standing is not Standing.UNKNOWN]


def facts(state: State, *, waited: timedelta = timedelta()) -> Facts:
    return Facts(
        number=RECEIPT.number,
        amount=RECEIPT.amount,
        payee=Msisdn("+260970000007"),
        state=state,
        created_at=CLOCK.now(),
        updated_at=CLOCK.now() + waited,
    )


@REPEATABLE
@given(
    st.integers(1, 10**12 - 1),
    st.integers(0, 999),
    st.integers(0, 2**32 - 1),
    st.sampled_from(SAYABLE),
    st.integers(0, 40 * 365),
    st.uuids(version=4),
)
def test_what_goes_in_comes_out(minor, digits, seconds, standing, days, chance):
    number = a_number(TRANSFER, EPOCH + timedelta(days=days, hours=12), chance)
    receipt = Receipt(number, Money(minor), f"{digits:03}", EPOCH + timedelta(seconds=seconds), standing)
    assert unpacked(packed(receipt)) == receipt


def test_bytes_too_few_or_too_many_are_no_receipt():
    content = packed(RECEIPT)
    for wrong in (*(content[:length] for length in range(len(content))), content + b"\0", content * 2, b"\xff" * 40):
        with pytest.raises(BrokenSeal):
            unpacked(wrong)


def test_what_else_is_sealed_is_never_taken_for_a_receipt():
    content = packed(RECEIPT)
    for kind in set(range(256)) - {content[0]}:
        with pytest.raises(BrokenSeal):
            unpacked(bytes([kind]) + content[1:])


@pytest.mark.parametrize("tail", [b"\x07\x80\x00", b"\x07\x00", b"\xff\xff\x7f\x01", b"\x07" + b"\xff" * 12])
def test_a_number_that_could_be_written_shorter_or_cannot_be_is_refused(tail):
    with pytest.raises(BrokenSeal):
        unpacked(packed(RECEIPT)[:13] + tail)


def test_a_code_is_as_short_as_a_signature_permits():
    sealed = Ed25519Seals({1: b"a secret of the tests"}).seal(packed(RECEIPT))
    assert len(sealed) - 64 <= 18
    assert len(code_of(sealed)) <= 132


def test_a_receipt_is_in_kwacha():
    with pytest.raises(ValueError, match="EUR"):
        packed(replace(RECEIPT, amount=Money(2550, EUR)))


def test_a_time_after_the_last_that_fits_is_the_last():
    assert unpacked(packed(replace(RECEIPT, at=LAST_MOMENT + timedelta(days=1)))).at == LAST_MOMENT


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (State.RECORDED, "not_yet"),
        (State.COLLECTING, "not_yet"),
        (State.COLLECTED, "not_yet"),
        (State.PAYING_OUT, "not_yet"),
        (State.IN_REVIEW, "not_yet"),
        (State.RETURNING, "going_back"),
        (State.COMPLETED, "paid_out"),
        (State.RETURNED, "returned"),
        (State.FAILED, "not_made"),
        (State.CANCELLED, "not_made"),
    ],
)
def test_only_a_completed_payment_is_paid_out(state, standing):
    assert receipt_of(facts(state)).standing == standing


@pytest.mark.parametrize("state", State)
def test_a_receipt_is_the_same_for_as_long_as_the_payment_stands_the_same(state):
    early, late = receipt_of(facts(state)), receipt_of(facts(state, waited=timedelta(minutes=5)))
    assert (early == late) is (state not in FINAL)


def test_it_says_the_payees_last_digits_and_nothing_of_the_payer():
    assert receipt_of(facts(State.COMPLETED)) == RECEIPT
