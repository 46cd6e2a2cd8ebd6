"""Where the money is: certain when it is proven, and otherwise with an end to the doubt."""

from datetime import timedelta

import pytest

from factories import a_transfer, declined, settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.progress import Patience
from flash.domain.transfer import State
from flash.domain.whereabouts import Whereabouts, whereabouts

PATIENCE = Patience()
LATEST = PATIENCE.doubt_limit + timedelta(minutes=10) + PATIENCE.lease


@pytest.fixture
def clock():
    return MemoryClock()


def where(transfer, clock):
    return whereabouts(transfer, clock.now(), PATIENCE)


def test_what_was_never_ordered_is_certainly_with_the_payer(clock):
    assert where(a_transfer(clock), clock) == Whereabouts("with the payer", certain=True)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (Kind.COLLECTION, "with the payer, or leaving"),
        (Kind.DISBURSEMENT, "in our float, or leaving"),
        (Kind.REFUND, "in our float, going back"),
    ],
)
def test_an_order_that_is_out_leaves_doubt_which_ends(clock, kind, place):
    transfer = under_way(kind, clock)
    expected = Whereabouts(place, certain=False, doubt_ends_at=clock.now() + LATEST)
    assert where(transfer, clock) == expected
    clock.pass_by(timedelta(hours=1))
    assert where(transfer, clock) == expected


def test_doubt_never_ends_in_the_past_even_when_nobody_looked_for_days(clock):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(timedelta(days=3))
    assert where(transfer, clock).doubt_ends_at == clock.now() + PATIENCE.lease


def test_proven_money_is_certainly_in_our_float_until_the_next_order_is_out(clock):
    collected = told(under_way(Kind.COLLECTION, clock), settled(clock), clock).transfer
    assert where(collected, clock) == Whereabouts("in our float", certain=True)
    returning = told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock).transfer
    assert where(returning, clock) == Whereabouts("in our float, going back", certain=True)


@pytest.mark.parametrize(
    ("kind", "answer", "place"),
    [
        (Kind.DISBURSEMENT, settled, "with the payee"),
        (Kind.COLLECTION, declined, "with the payer: it never left"),
        (Kind.REFUND, settled, "back with the payer"),
    ],
)
def test_an_end_is_certain(clock, kind, answer, place):
    ended = told(under_way(kind, clock), answer(clock), clock).transfer
    assert ended.final
    assert where(ended, clock) == Whereabouts(place, certain=True)


def test_a_contradiction_is_a_doubt_that_a_person_has_already(clock):
    held = told(under_way(Kind.DISBURSEMENT, clock), settled(clock, amount=Money(1)), clock).transfer
    assert held.state is State.IN_REVIEW
    assert where(held, clock) == Whereabouts("in our float or unproven", certain=False)


def test_money_that_could_not_go_back_is_certainly_in_our_float(clock):
    held = told(under_way(Kind.REFUND, clock), declined(clock), clock).transfer
    assert held.state is State.IN_REVIEW
    assert where(held, clock) == Whereabouts("in our float", certain=True)
