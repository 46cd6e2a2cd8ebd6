"""A change of mind: at once, as a wish, by giving the money back, or too late."""

import pytest

from factories import a_transfer, declined, sent, settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.errors import TooLateToCancel
from flash.domain.leg import Kind
from flash.domain.outcome import Reason
from flash.domain.progress import cancelled
from flash.domain.transfer import State

CLOCK = MemoryClock()
NOW = CLOCK.now()


def test_a_recorded_payment_is_cancelled_at_once():
    change = cancelled(a_transfer(CLOCK), NOW)
    assert (change.transfer.state, change.transfer.reason) == (State.CANCELLED, Reason.CANCELLED_BY_PAYER)
    assert (change.transfer.due_at, change.gives_back_limit) == (None, True)


def test_while_the_payer_is_asked_the_wish_is_kept():
    collecting = under_way(Kind.COLLECTION, CLOCK)
    change = cancelled(collecting, NOW)
    assert (change.transfer.state, change.transfer.cancel_wanted) == (State.COLLECTING, True)
    assert change.transfer.due_at == collecting.due_at
    assert (change.steps[0].note, change.gives_back_limit) == ("cancel_wanted", False)


def test_a_wish_ends_cancelled_when_the_payer_refuses():
    wished = cancelled(under_way(Kind.COLLECTION, CLOCK), NOW).transfer
    change = told(wished, declined(CLOCK, Reason.PAYER_REFUSED), CLOCK)
    assert (change.transfer.state, change.transfer.reason) == (State.CANCELLED, Reason.CANCELLED_BY_PAYER)
    assert change.gives_back_limit


def test_a_wish_gives_the_money_back_when_it_came():
    wished = cancelled(under_way(Kind.COLLECTION, CLOCK), NOW).transfer
    returning = told(wished, settled(CLOCK), CLOCK).transfer
    assert (returning.state, returning.reason) == (State.RETURNING, Reason.CANCELLED_BY_PAYER)
    change = told(sent(returning, CLOCK), settled(CLOCK), CLOCK)
    assert (change.transfer.state, change.gives_back_limit) == (State.RETURNED, True)
    assert [leg.kind for leg in change.transfer.legs] == [Kind.COLLECTION, Kind.REFUND]


def test_collected_money_goes_back():
    change = cancelled(_collected(), NOW)
    assert (change.transfer.state, change.transfer.reason) == (State.RETURNING, Reason.CANCELLED_BY_PAYER)
    assert change.gives_back_limit is False


@pytest.mark.parametrize(
    ("state", "because"),
    [
        (State.PAYING_OUT, "already on its way to the recipient"),
        (State.RETURNING, "already on its way back"),
        (State.IN_REVIEW, "staff are looking"),
        (State.COMPLETED, "is completed"),
        (State.FAILED, "already failed"),
        (State.RETURNED, "already returned"),
    ],
)
def test_from_the_payout_on_it_is_too_late_and_the_payer_hears_why(state, because):
    with pytest.raises(TooLateToCancel, match=because):
        cancelled(a_transfer(CLOCK, state=state), NOW)


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.RETURNED])
def test_after_the_end_it_is_too_late_even_for_a_wish_that_was_kept(state):
    with pytest.raises(TooLateToCancel):
        cancelled(a_transfer(CLOCK, state=state, cancel_wanted=True), NOW)


@pytest.mark.parametrize("state", [State.COLLECTING, State.RETURNING, State.IN_REVIEW])
def test_a_wish_that_is_kept_is_not_kept_twice(state):
    wished = a_transfer(CLOCK, state=state, cancel_wanted=True)
    change = cancelled(wished, NOW)
    assert (change.transfer, change.steps) == (wished, ())


def test_a_cancelled_payment_stays_cancelled_and_says_so_again():
    gone = cancelled(a_transfer(CLOCK), NOW).transfer
    change = cancelled(gone, NOW)
    assert (change.transfer, change.steps, change.gives_back_limit) == (gone, (), False)


def _collected():
    return told(under_way(Kind.COLLECTION, CLOCK), settled(CLOCK), CLOCK).transfer
