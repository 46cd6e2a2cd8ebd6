"""What an operator's adapter promises, over every adapter there is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from factories import World, msisdn
from flash.adapters.sandbox import Sandbox
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.outcome import Declined, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.provider import AccountCheck, FloatCheck, Wallet


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=["sandbox"])
def operator(world: World) -> Sandbox:
    """Each adapter, answering at once."""
    return replace(world.sandbox, delay=timedelta(0), payout_delay=timedelta(0))


def leg(world: World, number: str, kind: Kind = Kind.COLLECTION) -> Leg:
    """Return a leg that was just sent."""
    planned = Leg(
        reference=world.chance.new_id(),
        kind=kind,
        operator=Operator.MTN,
        party=msisdn(number),
        amount=Money(2500),
    )
    return planned.sent(world.clock.now(), "sandbox")


@pytest.mark.parametrize("kind", Kind)
def test_an_order_is_accepted_and_settles_with_evidence_from_a_query(
    world: World, operator: Sandbox, kind: Kind
) -> None:
    sent = leg(world, "0960000001", kind)
    accepted = operator.submit(sent)
    assert isinstance(accepted, Waiting)
    assert accepted.evidence.source is Source.SUBMIT
    outcome = operator.ask(sent)
    assert isinstance(outcome, Settled)
    assert outcome.operator_id
    assert outcome.evidence.source is Source.STATUS_QUERY
    assert (outcome.evidence.amount, outcome.evidence.party) == (sent.amount, sent.party)


def test_the_same_reference_is_one_order_however_often_it_is_sent(world: World, operator: Sandbox) -> None:
    sent = leg(world, "0960000001")
    operator.submit(sent)
    before = operator.ask(sent)
    again = sent.sent(world.clock.now(), "sandbox")
    assert not isinstance(operator.submit(again), Settled | Declined)
    assert operator.ask(again) == before


def test_a_refusal_carries_its_reason_in_our_words(world: World, operator: Sandbox) -> None:
    sent = leg(world, "0960000062")
    operator.submit(sent)
    outcome = operator.ask(sent)
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.PAYER_REFUSED


def test_an_order_that_creates_nothing_is_refused_at_once(world: World, operator: Sandbox) -> None:
    outcome = operator.submit(leg(world, "0960000064"))
    assert isinstance(outcome, Declined)
    assert outcome.evidence.source is Source.SUBMIT


def test_a_call_that_times_out_is_doubt_and_no_error(world: World, operator: Sandbox) -> None:
    sent = leg(world, "0960000084")
    assert isinstance(operator.submit(sent), Unknown)
    assert isinstance(operator.ask(sent), Unknown)


def test_an_order_that_the_operator_does_not_know_is_unseen(world: World, operator: Sandbox) -> None:
    assert isinstance(operator.ask(leg(world, "0960000086")), Unseen)


def test_an_operator_tells_of_wallets_and_float(operator: Sandbox) -> None:
    assert isinstance(operator, AccountCheck)
    assert isinstance(operator, FloatCheck)
    assert operator.wallet(msisdn("0960000001")) == Wallet(active=True)
    assert operator.wallet(msisdn("0960000076")) == Wallet(active=False)
    available = operator.float_available()
    assert available is not None
    assert available > Money(0)
