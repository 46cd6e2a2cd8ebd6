"""Accepting an order: everything is checked and reserved before anybody's phone rings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from factories import World, money, terms
from flash.domain.errors import (
    AmountOutOfBounds,
    BadInput,
    DayLimitReached,
    IdempotencyConflict,
    NoRoute,
    PayeeIsPayer,
)
from flash.domain.fees import parse_fees
from flash.domain.history import Span
from flash.domain.money import ZMW
from flash.domain.routing import Routes
from flash.domain.transfer import State


@pytest.fixture
def world():
    return World()


def used(world, transfer):
    with world.database.unit_of_work() as store:
        return store.day_limits.used(transfer.payer_id, transfer.limit_day)


def transfers_of(world, payer="0960000001"):
    person = world.person(payer)
    with world.database.unit_of_work() as store:
        return store.history.page(person, Span(), limit=100)


# What is recorded


def test_an_accepted_order_is_recorded_with_its_collection_planned_and_a_worker_woken(world):
    accepted = world.accept()
    transfer = accepted.transfer
    assert not accepted.replayed
    assert (transfer.state, transfer.due_at) == (State.RECORDED, world.clock.now())
    assert [(leg.kind, leg.state, leg.amount) for leg in transfer.legs] == [("collection", "planned", money("25.00"))]
    assert world.jobs.woken == [transfer.id]
    assert used(world, transfer) == money("25.00")


def test_the_fee_is_collected_on_top_and_does_not_count_for_the_limit(world):
    world.terms = replace(world.terms, fees=parse_fees("20000: 0.42", ZMW))
    transfer = world.send()
    assert (transfer.amount, transfer.fee, transfer.total) == (money("25.00"), money("0.42"), money("25.42"))
    assert transfer.legs[0].amount == money("25.42")
    assert used(world, transfer) == money("25.00")


def test_the_number_that_people_quote_carries_the_local_day_and_no_letter_that_is_misheard(world):
    world.clock.pass_by(timedelta(hours=14))
    numbers = {world.send("1.00", description=str(one)).number for one in range(50)}
    assert len(numbers) == 50
    assert all(number.startswith("FL20261124") and len(number) == 20 for number in numbers)
    assert not set("ILOU") & set("".join(number[10:] for number in numbers))


def test_the_description_is_kept_with_its_white_space_folded(world):
    assert world.send(description="  Lunch\n on   Monday ").description == "Lunch on Monday"


# What is refused


@pytest.mark.parametrize(
    ("order", "refusal", "field"),
    [
        ({"payee": "0960000001"}, PayeeIsPayer, "recipient_phone"),
        ({"payee": "+260 96 000 0001"}, PayeeIsPayer, "recipient_phone"),
        ({"payee": "0950000002"}, NoRoute, "recipient_phone"),
        ({"payer": "0950000002"}, NoRoute, "non_field_errors"),
        ({"amount": "0.99"}, AmountOutOfBounds, "amount"),
        ({"amount": "0"}, AmountOutOfBounds, "amount"),
        ({"amount": "-25"}, AmountOutOfBounds, "amount"),
        ({"amount": "20000.01"}, AmountOutOfBounds, "amount"),
        ({"amount": "5000.01"}, DayLimitReached, "amount"),
        ({"description": "x" * 501}, BadInput, "description"),
        ({"description": "nul\x00"}, BadInput, "description"),
        ({"key": "k" * 256}, BadInput, None),
    ],
)
def test_what_cannot_be_executed_is_refused_and_leaves_nothing_behind(world, order, refusal, field):
    with pytest.raises(refusal) as refused:
        world.accept(**order)
    assert refused.value.field == field
    payer = order.get("payer", "0960000001")
    assert list(transfers_of(world, payer)) == []
    assert world.jobs.woken == []
    assert world.audit() == []
    with world.database.unit_of_work() as store:
        assert list(store.day_limits.all_used()) == []


# The day's limit


def test_orders_never_exceed_the_limit_by_one_ngwee(world):
    world.send("4999.00")
    with pytest.raises(DayLimitReached):
        world.send("1.01")
    assert world.audit() == []


def test_the_limit_can_be_used_up_to_the_last_ngwee(world):
    world.send("4000.00")
    last = world.send("1000.00")
    assert used(world, last) == money("5000.00")


def test_each_person_has_a_limit_of_their_own(world):
    world.send("5000.00")
    assert world.send("5000.00", payer="0960000003").state is State.RECORDED


def test_a_higher_tier_may_send_more(world):
    world.person("0960000003", tier=2)
    assert world.send("20000.00", payer="0960000003").state is State.RECORDED


def test_the_next_local_day_has_a_limit_of_its_own(world):
    world.send("5000.00")
    world.clock.pass_by(timedelta(hours=14))
    assert world.send("5000.00").limit_day.day == 24


def test_a_limit_given_back_after_midnight_gives_the_new_day_nothing(world):
    old = world.send("5000.00")
    world.clock.pass_by(timedelta(hours=14))
    new = world.send("5000.00")
    world.cancel(old)
    assert used(world, new) == money("5000.00")
    assert world.audit() == []


def test_a_clock_that_falls_back_over_midnight_frees_no_limit(world):
    world.clock.pass_by(timedelta(hours=14))
    world.send("5000.00")
    world.clock.pass_by(timedelta(hours=-1))
    with pytest.raises(DayLimitReached):
        world.send("1.00")


def test_after_a_clock_fell_back_over_midnight_a_payment_counts_for_the_day_that_has_begun(world):
    world.clock.pass_by(timedelta(hours=14))
    begun = world.send("1.00").limit_day
    world.clock.pass_by(timedelta(hours=-1))
    late = world.send("2.00")
    assert late.limit_day == begun
    world.cancel(late)
    assert used(world, late) == money("1.00")
    assert world.audit() == []


def test_a_payment_that_moved_nothing_gives_its_part_of_the_limit_back_once(world):
    world.send("3000.00", payer="0960000001", payee="0970000076")
    world.pass_by(60)
    assert world.send("5000.00").state is State.RECORDED
    with pytest.raises(DayLimitReached):
        world.send("1.00")
    assert world.audit() == []


# The same order twice


def test_the_same_key_and_content_give_the_first_transfer_again(world):
    first = world.accept(key="k")
    world.pass_by(60)
    again = world.accept(key="k")
    assert (again.replayed, again.transfer.id) == (True, first.transfer.id)
    assert again.transfer.state is State.COMPLETED
    assert used(world, first.transfer) == money("25.00")
    assert len(transfers_of(world)) == 1


def test_a_key_is_kept_as_long_as_its_transfer(world):
    first = world.accept(key="k")
    world.clock.pass_by(timedelta(days=400))
    assert world.accept(key="k").transfer.id == first.transfer.id


def test_a_replay_reserves_nothing_even_where_the_limit_is_used_up(world):
    first = world.accept("5000.00", key="k")
    again = world.accept("5000.00", key="k")
    assert (again.replayed, again.transfer.id) == (True, first.transfer.id)
    assert world.audit() == []


@pytest.mark.parametrize("other", [{"amount": "25.01"}, {"payee": "0970000003"}, {"description": "x"}])
def test_the_same_key_with_other_content_is_a_conflict_and_leaves_nothing_behind(world, other):
    first = world.accept(key="k")
    with pytest.raises(IdempotencyConflict):
        world.accept(**{"key": "k", **other})
    assert used(world, first.transfer) == money("25.00")
    assert len(transfers_of(world)) == 1


def test_two_people_may_use_the_same_key(world):
    assert not world.accept(key="k").replayed
    assert not world.accept(key="k", payer="0960000003").replayed


def test_two_keys_are_two_orders(world):
    assert not world.accept(key="k").replayed
    assert not world.accept(key="l").replayed


@pytest.mark.parametrize(
    "changed",
    [
        lambda terms: replace(terms, routes=Routes(terms.routes.prefixes, frozenset())),
        lambda terms: replace(terms, limits=replace(terms.limits, bounds=_at_least(terms, "30.00"))),
    ],
    ids=["a closed route", "new bounds"],
)
def test_a_key_gives_the_first_answer_again_even_after_the_terms_changed(world, changed):
    first = world.accept(key="k")
    world.terms = changed(world.terms)
    assert world.accept(key="k").transfer.id == first.transfer.id


def _at_least(terms, least):
    return {operator: replace(bounds, least=money(least)) for operator, bounds in terms.limits.bounds.items()}


def test_an_equal_order_without_a_key_is_folded_into_the_first_for_a_minute(world):
    first = world.accept()
    world.clock.pass_by(timedelta(seconds=60))
    again = world.accept(payee="+260 97 000-0002")
    assert (again.replayed, again.transfer.id) == (True, first.transfer.id)
    assert used(world, first.transfer) == money("25.00")


def test_after_a_minute_an_equal_order_is_a_new_one(world):
    first = world.accept()
    world.clock.pass_by(timedelta(seconds=60, microseconds=1))
    assert world.accept().transfer.id != first.transfer.id


def test_an_equal_order_after_the_first_has_ended_is_a_new_one(world):
    first = world.accept()
    world.cancel(first.transfer)
    assert world.accept().transfer.id != first.transfer.id


@pytest.mark.parametrize("other", [{"amount": "25.01"}, {"payee": "0970000003"}, {"description": "x"}])
def test_an_order_that_differs_is_not_folded(world, other):
    world.accept()
    assert not world.accept(**other).replayed


def test_nobody_is_folded_into_somebody_else(world):
    world.accept()
    assert not world.accept(payer="0960000003").replayed


def test_an_order_that_is_folded_wakes_nobody(world):
    world.accept()
    world.accept()
    assert len(world.jobs.woken) == 1


def test_a_lower_limit_does_not_undo_what_was_accepted(world):
    first = world.accept("5000.00", key="k")
    world.terms = terms(day_limit="100.00")
    assert world.accept("5000.00", key="k").transfer.id == first.transfer.id
