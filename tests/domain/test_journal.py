"""The journal: two sides to every movement, together zero."""

import pytest

from factories import settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.journal import balances, fee_postings, postings_for
from flash.domain.leg import Kind
from flash.domain.money import Money

CLOCK = MemoryClock()


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        (Kind.COLLECTION, "payer:mtn", "float:mtn:collection"),
        (Kind.DISBURSEMENT, "float:airtel:payout", "payee:airtel"),
        (Kind.REFUND, "float:mtn:payout", "payer:mtn"),
    ],
)
def test_a_settled_leg_moves_its_amount_from_one_account_to_another(kind, source, target):
    leg = under_way(kind, CLOCK).the_open_leg()
    out, into = postings_for(leg, CLOCK.now())
    assert (out.account, out.amount) == (source, -leg.amount)
    assert (into.account, into.amount) == (target, leg.amount)
    assert {out.reference, into.reference} == {leg.reference}


@pytest.mark.parametrize("fee", ["0.00", "0.01", "0.42"])
@pytest.mark.parametrize("kind", Kind)
def test_what_an_outcome_posts_sums_to_zero_with_and_without_a_fee(kind, fee):
    change = told(under_way(kind, CLOCK, fee=fee), settled(CLOCK), CLOCK)
    assert sum(posting.amount.minor for posting in change.postings) == 0
    assert len(change.postings) >= 2


def test_the_fee_is_earned_when_the_payee_is_paid_and_not_before():
    collected = told(under_way(Kind.COLLECTION, CLOCK, fee="0.42"), settled(CLOCK), CLOCK)
    completed = told(under_way(Kind.DISBURSEMENT, CLOCK, fee="0.42"), settled(CLOCK), CLOCK)
    returned = told(under_way(Kind.REFUND, CLOCK, fee="0.42"), settled(CLOCK), CLOCK)
    assert [balances(change.postings)["fees"] for change in (collected, completed, returned)] == [0, 42, 0]


def test_a_completed_payment_shows_collected_as_paid_out_and_fee():
    transfer = under_way(Kind.COLLECTION, CLOCK, fee="0.42")
    collected = told(transfer, settled(CLOCK), CLOCK).postings
    paid = told(under_way(Kind.DISBURSEMENT, CLOCK, fee="0.42"), settled(CLOCK), CLOCK).postings
    sums = balances(collected + paid)
    assert -sums["payer:mtn"] == sums["payee:airtel"] + sums["fees"] == 2542


def test_no_fee_is_no_posting():
    collection = under_way(Kind.COLLECTION, CLOCK).the_open_leg()
    assert fee_postings(collection, Money(0), CLOCK.now()) == ()


def test_a_balance_is_the_sum_of_what_an_account_was_posted():
    postings = postings_for(under_way(Kind.COLLECTION, CLOCK).the_open_leg(), CLOCK.now())
    assert balances([*postings, *postings]) == {"payer:mtn": -5000, "float:mtn:collection": 5000}
