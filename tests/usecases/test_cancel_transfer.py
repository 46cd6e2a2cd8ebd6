"""The payer changes their mind, in each state and in races."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from factories import PAYEE, PAYER, World, declined, money, settled, unknown, unseen, waiting
from flash.domain.errors import Conflict, NotFound, StaleWrite, TooLateToCancel
from flash.domain.outcome import Reason, Source
from flash.domain.transfer import Change, State
from flash.usecases.advance_transfer import advance_transfer
from flash.usecases.cancel_transfer import TRIES, cancel_transfer


@pytest.fixture
def world():
    return World()


def until(world, transfer, state):
    for _ in range(60):
        if world.get(transfer).state is state:
            return
        if advance_transfer(transfer.id, world.engine) is None:
            world.pass_by(0)
            world.clock.pass_by(world.get(transfer).due_at - world.clock.now())
    pytest.fail(f"it never was {state}")


def test_a_recorded_payment_is_cancelled_at_once_and_its_limit_given_back(world):
    transfer = world.send()
    assert world.cancel(transfer).state is State.CANCELLED
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "cancelled"]
    with world.database.unit_of_work() as store:
        assert store.day_limits.used(transfer.payer_id, transfer.limit_day) == money("0.00")
    assert world.audit() == []


def test_a_prompt_that_is_refused_after_a_cancellation_ends_cancelled(world):
    transfer = world.send(payer="0960000062")
    world.pass_by(5)
    assert world.cancel(transfer, by="0960000062").state is State.COLLECTING
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "cancelled"]
    assert world.get(transfer).reason is Reason.CANCELLED_BY_PAYER
    assert world.audit() == []


def test_a_prompt_that_is_approved_after_a_cancellation_is_paid_back(world):
    transfer = world.send()
    world.pass_by(5)
    world.cancel(transfer)
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "returning", "returned"]
    assert world.audit() == []


def test_money_in_our_float_is_paid_back(world):
    transfer = world.send()
    world.answers(waiting(world.clock, Source.SUBMIT), settled(world.clock))
    until(world, transfer, State.COLLECTED)
    assert world.cancel(transfer).state is State.RETURNING
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "collected", "returning", "returned"]
    assert world.audit() == []


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (["waiting", "settled", "waiting"], State.PAYING_OUT),
        (["waiting", "settled", "waiting", "declined", "waiting"], State.RETURNING),
        (["waiting", "settled", "waiting", "declined", "waiting", "declined"], State.IN_REVIEW),
        (["waiting", "settled"], State.COMPLETED),
        (["waiting", "declined"], State.FAILED),
        (["waiting", "settled", "waiting", "declined", "waiting", "settled"], State.RETURNED),
    ],
)
def test_after_the_payout_was_ordered_it_is_too_late_and_nothing_changes(world, answers, state):
    transfer = world.send()
    outcomes = {
        "waiting": waiting(world.clock, Source.SUBMIT),
        "settled": settled(world.clock),
        "declined": declined(world.clock),
    }
    world.answers(*(outcomes[answer] for answer in answers))
    until(world, transfer, state)
    before = world.file(transfer)
    with pytest.raises(TooLateToCancel):
        world.cancel(transfer)
    assert world.file(transfer) == before


def test_cancelling_twice_is_cancelling_once(world):
    transfer = world.send()
    world.pass_by(5)
    world.cancel(transfer)
    before = world.file(transfer)
    assert world.cancel(transfer).cancel_wanted
    assert world.file(transfer) == before


def test_a_cancellation_wakes_the_payment(world):
    transfer = world.send()
    world.jobs.woken.clear()
    world.cancel(transfer)
    assert world.jobs.woken == [transfer.id]


def test_a_payment_is_found_by_its_number_too(world):
    transfer = world.send()
    payer = world.person(PAYER)
    with world.database.unit_of_work() as store:
        after = cancel_transfer(transfer.number, payer, store=store, clock=world.clock)
    assert after.state is State.CANCELLED


@pytest.mark.parametrize("stranger", ["0960000009", PAYEE])
def test_only_the_payer_can_cancel(world, stranger):
    transfer = world.send()
    with pytest.raises(NotFound):
        world.cancel(transfer, by=stranger)
    assert world.get(transfer).state is State.RECORDED


def test_the_payee_cannot_cancel_what_reached_them(world):
    transfer = world.send()
    world.pass_by(60)
    with pytest.raises(NotFound):
        world.cancel(transfer, by=PAYEE)


class Races:
    """A store whose next so many writes are lost to somebody else."""

    def __init__(self, store, lost):
        self.store = store
        self.lost = lost
        self.transfers = self

    def __getattr__(self, name):
        return getattr(self.store if name == "jobs" else self.store.transfers, name)

    def apply(self, change):
        self.lost -= 1
        if self.lost >= 0:
            raise StaleWrite
        return self.store.transfers.apply(change)


@contextmanager
def racing(world, lost):
    with world.database.unit_of_work() as store:
        yield Races(store, lost)


def test_a_cancellation_that_loses_a_race_reads_again(world):
    transfer, payer = world.send(), world.person(PAYER)
    with racing(world, TRIES - 1) as store:
        after = cancel_transfer(str(transfer.id), payer, store=store, clock=world.clock)
    assert after.state is State.CANCELLED
    assert world.get(transfer).state is State.CANCELLED


def test_a_cancellation_that_loses_every_race_says_so_and_changes_nothing(world):
    transfer, payer = world.send(), world.person(PAYER)
    with pytest.raises(Conflict, match="changing right now"), racing(world, TRIES) as store:
        cancel_transfer(str(transfer.id), payer, store=store, clock=world.clock)
    assert world.get(transfer).state is State.RECORDED


def test_a_cancel_takes_back_that_the_order_is_about_to_be_sent_again(world):
    transfer = world.send()
    operator = world.answers(unknown(world.clock, Source.SUBMIT), unseen(world.clock))
    world.pass_by(1)
    with world.database.unit_of_work() as store:
        known = store.transfers.get(transfer.id)
        leg = replace(known.the_open_leg(), resend=True)
        store.transfers.apply(Change(transfer=replace(known, legs=(leg,))))
    world.cancel(transfer)
    world.pass_by(120)
    assert [call for call, _ in operator.calls].count("submit") == 1
