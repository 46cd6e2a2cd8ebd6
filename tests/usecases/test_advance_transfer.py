"""The story of a payment, from the order to its end, as the engine drives it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from factories import (
    ScriptedProvider,
    World,
    declined,
    money,
    settled,
    unknown,
    unseen,
    waiting,
)
from flash.domain.errors import TooLateToCancel
from flash.domain.leg import Kind
from flash.domain.outcome import Reason, Source
from flash.domain.progress import Patience, answered
from flash.domain.routing import Operator
from flash.domain.transfer import Change, State
from flash.ports.provider import Wallet
from flash.usecases.advance_transfer import STEPS_AT_ONCE, advance_transfer, drive_transfer
from flash.usecases.sweep import sweep


@pytest.fixture
def world():
    return World()


# The stories


def test_money_reaches_the_payee(world):
    transfer = world.send()
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "collected", "paying_out", "completed"]
    assert world.audit() == []


@pytest.mark.parametrize(
    ("payer", "reason"),
    [
        ("0960000061", Reason.NOT_ENOUGH_FUNDS),
        ("0960000062", Reason.PAYER_REFUSED),
        ("0960000064", Reason.PAYER_NOT_FOUND),
    ],
)
def test_a_payment_that_the_payer_does_not_make_fails_and_gives_the_limit_back(world, payer, reason):
    transfer = world.send(payer=payer)
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "failed"]
    assert world.get(transfer).reason is reason
    assert _used(world, transfer) == money("0.00")
    assert world.audit() == []


@pytest.mark.parametrize("payee", ["0970000071", "0970000072"])
def test_money_that_cannot_reach_the_payee_comes_back(world, payee):
    transfer = world.send(payee=payee)
    world.pass_by(60)
    assert world.path(transfer) == ["recorded", "collecting", "collected", "paying_out", "returning", "returned"]
    assert _used(world, transfer) == money("0.00")
    assert world.audit() == []


def test_a_refund_that_is_declined_waits_for_staff(world):
    transfer = world.send(payer="0960000091", payee="0970000071", amount="25.00")
    world.sandbox = replace(world.sandbox, success_rate=1.0)
    world.operate(world.sandbox)
    world.pass_by(60)
    assert world.path(transfer)[-2:] == ["returning", "in_review"]
    assert [case.cause for case in world.file(transfer).cases] == ["refund_declined"]
    assert _used(world, transfer) == money("25.00")
    assert world.audit() == []


def test_doubt_ends_with_staff_after_a_day_and_never_by_itself(world):
    transfer = world.send()
    world.answers(unknown(world.clock, Source.SUBMIT), unknown(world.clock))
    world.pass_by(86_400, every=60)
    assert world.get(transfer).state is State.COLLECTING
    world.pass_by(1200, every=60)
    assert world.get(transfer).state is State.IN_REVIEW
    assert _used(world, transfer) == money("25.00")


def test_an_adapter_that_only_breaks_brings_the_payment_to_staff_after_a_day(world):
    transfer = world.send()
    world.answers(RuntimeError("a bug"))
    world.pass_by(26 * 3600, every=3600)
    assert world.get(transfer).state is State.IN_REVIEW


def test_a_payment_whose_operator_was_taken_out_of_the_settings_comes_to_staff_after_a_day(world):
    transfer = world.send()
    world.pass_by(5)
    world.engine = replace(world.engine, operators={Operator.AIRTEL: world.sandbox})
    world.pass_by(26 * 3600, every=3600)
    assert world.get(transfer).state is State.IN_REVIEW


def test_a_leg_keeps_the_platform_it_was_created_on(world):
    transfer = world.send()
    operator = world.answers(unknown(world.clock, Source.SUBMIT), unseen(world.clock))
    world.pass_by(1)
    operator.base_url = "https://elsewhere.example"
    world.pass_by(60)
    assert len([call for call, _ in operator.calls if call == "submit"]) > 1
    assert {leg.platform for _, leg in operator.calls} == {"https://operator.example"}
    assert world.get(transfer).state is State.COLLECTING


def test_the_operator_is_called_while_no_transaction_is_open(world):
    transfer = world.send()
    seen = []

    def look(leg):
        seen.append(world.get(transfer).latest(Kind.COLLECTION))
        return waiting(world.clock, Source.SUBMIT)

    world.answers(look)
    sweep(world.engine)
    assert [(leg.state, leg.attempts) for leg in seen] == [("submitting", 1)]


# One step at a time


def test_what_is_not_due_is_left_alone(world):
    transfer = world.send()
    assert advance_transfer(transfer.id, world.engine).state is State.COLLECTING
    assert advance_transfer(transfer.id, world.engine) is None


def test_what_does_not_exist_is_nothing_to_do(world):
    assert advance_transfer(world.chance.new_id(), world.engine) is None


def test_a_wake_up_drives_a_payment_for_as_long_as_it_is_due(world):
    transfer = world.send(payee="0970000071")
    drive_transfer(transfer.id, world.engine)
    world.clock.pass_by(timedelta(seconds=40))
    drive_transfer(transfer.id, world.engine)
    assert world.path(transfer) == ["recorded", "collecting", "collected", "paying_out", "returning"]


def test_a_payment_that_is_due_for_ever_does_not_keep_its_worker_for_ever(world):
    transfer = world.send()
    world.engine = replace(world.engine, patience=Patience(grace=timedelta(seconds=-1)))
    operator = world.answers(*[unseen(world.clock)] * 50, RuntimeError("for ever"))
    drive_transfer(transfer.id, world.engine)
    assert len(operator.calls) == STEPS_AT_ONCE


def test_a_wake_up_for_a_payment_that_has_ended_changes_nothing(world):
    transfer = world.send()
    world.pass_by(60)
    before = world.file(transfer)
    drive_transfer(transfer.id, world.engine)
    assert world.file(transfer) == before


# Others change it meanwhile


def test_a_cancellation_during_the_order_is_kept_and_so_is_the_answer(world):
    transfer = world.send()
    operator = world.answers(
        _then_cancelled(world, transfer, waiting(world.clock, Source.SUBMIT)), settled(world.clock)
    )
    world.pass_by(10)
    assert world.path(transfer) == ["recorded", "collecting", "returning", "returned"]
    assert [leg.kind for call, leg in operator.calls if call == "submit"] == [Kind.COLLECTION, Kind.REFUND]
    assert world.audit() == []


def test_a_cancellation_during_the_question_that_proves_the_collection_returns_the_money(world):
    transfer = world.send()
    world.answers(
        waiting(world.clock, Source.SUBMIT),
        _then_cancelled(world, transfer, settled(world.clock)),
        settled(world.clock),
    )
    world.pass_by(10)
    assert world.path(transfer) == ["recorded", "collecting", "returning", "returned"]


def test_a_cancellation_during_a_refusal_ends_cancelled(world):
    transfer = world.send()
    world.answers(_then_cancelled(world, transfer, declined(world.clock, Reason.PAYER_REFUSED, Source.SUBMIT)))
    world.pass_by(1)
    assert world.path(transfer) == ["recorded", "collecting", "cancelled"]
    assert _used(world, transfer) == money("0.00")
    assert world.audit() == []


def test_a_cancellation_during_the_payout_is_too_late(world):
    transfer = world.send()
    refused = []

    def cancel(leg):
        with pytest.raises(TooLateToCancel) as refusal:
            world.cancel(transfer)
        refused.append(refusal.value)
        return waiting(world.clock, Source.SUBMIT)

    world.answers(waiting(world.clock, Source.SUBMIT), settled(world.clock), cancel, settled(world.clock))
    world.pass_by(10)
    assert len(refused) == 1
    assert world.get(transfer).state is State.COMPLETED


def test_a_cancellation_while_the_payees_wallet_is_checked_means_that_nobody_is_asked(world):
    transfer = world.send()
    operator = CheckingProvider([settled(world.clock)], during=lambda: world.cancel(transfer))
    world.operate(operator)
    sweep(world.engine)
    assert world.path(transfer) == ["recorded", "cancelled"]
    assert operator.calls == []


def test_an_answer_that_loses_every_race_is_asked_for_again(world):
    transfer = world.send()
    racing = []

    def unit_of_work():
        if racing:
            with world.database.unit_of_work() as store:
                store.transfers.apply(Change(transfer=store.transfers.get(transfer.id)))
        return world.database.unit_of_work()

    def race(leg):
        racing.append(leg)
        return waiting(world.clock, Source.SUBMIT)

    world.engine = replace(world.engine, unit_of_work=unit_of_work)
    operator = world.answers(race, settled(world.clock))
    assert advance_transfer(transfer.id, world.engine) is None
    racing.clear()
    world.pass_by(120)
    assert world.get(transfer).state is State.COMPLETED
    assert [leg.kind for call, leg in operator.calls if call == "submit"] == [Kind.COLLECTION, Kind.DISBURSEMENT]


def test_an_intent_that_loses_its_race_calls_nobody(world):
    transfer = world.send()
    operator = CheckingProvider([settled(world.clock)], during=lambda: _touch(world, transfer))
    world.operate(operator)
    assert advance_transfer(transfer.id, world.engine) is None
    assert operator.calls == []


def _touch(world, transfer):
    with world.database.unit_of_work() as store:
        store.transfers.apply(Change(transfer=store.transfers.get(transfer.id)))


def _then_cancelled(world, transfer, outcome):
    def answer(leg):
        world.cancel(transfer)
        return outcome

    return answer


# Before the payer is asked


@dataclass
class CheckingProvider(ScriptedProvider):
    """A scripted operator that also tells of wallets and its float."""

    active: bool | None = True
    available: str | None = "1000000.00"
    during: object = None

    def wallet(self, _msisdn):
        if self.during:
            during, self.during = self.during, None
            during()
        return None if self.active is None else Wallet(self.active, "Chanda Phiri")

    def float_available(self):
        return None if self.available is None else money(self.available)


def test_an_operator_that_checks_nothing_hinders_nothing(world):
    transfer = world.send()
    world.answers(waiting(world.clock, Source.SUBMIT))
    world.pass_by(0)
    assert world.get(transfer).state is State.COLLECTING


@pytest.mark.parametrize(
    ("operator", "reason"),
    [
        (CheckingProvider([], active=False), Reason.PAYEE_NOT_FOUND),
        (CheckingProvider([], available="24.99"), Reason.FLOAT_TOO_LOW),
    ],
    ids=["no wallet", "no float"],
)
def test_what_could_not_be_paid_out_is_never_collected(world, operator, reason):
    transfer = world.send()
    world.operate(operator)
    world.pass_by(1)
    assert world.path(transfer) == ["recorded", "failed"]
    assert world.get(transfer).reason is reason
    assert operator.calls == []
    assert _used(world, transfer) == money("0.00")
    assert world.audit() == []


def test_a_float_that_is_just_enough_is_enough(world):
    transfer = world.send()
    world.operate(CheckingProvider([waiting(world.clock, Source.SUBMIT)], available="25.00"))
    world.pass_by(0)
    assert world.get(transfer).state is State.COLLECTING


def test_float_that_another_payment_will_draw_is_not_promised_twice(world):
    operator = CheckingProvider([waiting(world.clock, Source.SUBMIT)], available="49.99")
    world.operate(operator)
    first = world.send()
    world.pass_by(0)
    second = world.send(payer="0960000003")
    world.pass_by(0)
    assert (world.get(first).state, world.get(second).state) == (State.COLLECTING, State.FAILED)


@pytest.mark.parametrize("silent", [{"active": None}, {"available": None}], ids=["wallet", "float"])
def test_an_operator_that_does_not_tell_is_asked_for_ten_minutes_and_the_payer_never(world, silent):
    transfer = world.send()
    operator = CheckingProvider([], **silent)
    world.operate(operator)
    world.pass_by(600)
    assert world.get(transfer).state is State.RECORDED
    world.pass_by(10)
    assert world.path(transfer) == ["recorded", "failed"]
    assert world.get(transfer).reason is Reason.OPERATOR_UNAVAILABLE
    assert operator.calls == []


def test_an_operator_that_tells_later_lets_the_payment_begin(world):
    transfer = world.send()
    operator = CheckingProvider([waiting(world.clock, Source.SUBMIT)], active=None)
    world.operate(operator)
    world.pass_by(30)
    operator.active = True
    world.pass_by(30)
    assert world.get(transfer).state is State.COLLECTING
    assert world.get(transfer).payee_name == "Chanda Phiri"


def test_a_payment_that_nobody_worked_on_for_ten_minutes_asks_nobody_any_more(world):
    transfer = world.send()
    operator = world.answers(settled(world.clock))
    world.clock.pass_by(timedelta(minutes=10, seconds=1))
    sweep(world.engine)
    assert world.path(transfer) == ["recorded", "failed"]
    assert operator.calls == []


def test_a_check_that_only_breaks_does_not_keep_a_payment_recorded_for_ever(world):
    transfer = world.send()

    class Broken(CheckingProvider):
        def wallet(self, _msisdn):
            raise RuntimeError("a bug")

    world.operate(Broken([]))
    world.pass_by(1200, every=120)
    assert world.get(transfer).state is State.FAILED


def _used(world, transfer):
    with world.database.unit_of_work() as store:
        return store.day_limits.used(transfer.payer_id, transfer.limit_day)


def test_a_payer_who_changed_their_mind_is_not_rung_again_when_the_operator_lost_the_order(world):
    transfer = world.send()
    operator = world.answers(unknown(world.clock, Source.SUBMIT), unseen(world.clock))
    world.pass_by(1)
    world.cancel(transfer)
    world.pass_by(300)
    assert [call for call, _ in operator.calls].count("submit") == 1
    assert world.get(transfer).state is State.COLLECTING


def test_a_payer_is_not_rung_again_out_of_the_blue(world):
    transfer = world.send()
    operator = world.answers(unknown(world.clock, Source.SUBMIT), unknown(world.clock))
    world.pass_by(700, every=5)
    operator.answers = [unseen(world.clock)]
    world.pass_by(3 * 3600, every=60)
    assert [call for call, _ in operator.calls].count("submit") == 1
    assert world.get(transfer).state is State.COLLECTING


def test_an_operator_that_forgets_every_order_is_bothered_more_and_more_rarely(world):
    world.send(payee="0970000003")
    operator = world.answers(waiting(world.clock, Source.SUBMIT), settled(world.clock))
    world.pass_by(3)
    operator.answers = [lambda leg: unseen(world.clock) if leg.attempts else waiting(world.clock, Source.SUBMIT)]
    operator.calls.clear()
    world.pass_by(2 * 3600, every=10)
    assert len(operator.calls) < 80


def test_a_case_is_told_in_the_log(world, caplog):
    transfer = world.send("10.83")
    world.pass_by(40)
    assert f"a case was opened on {transfer.number}: contradiction" in caplog.text


def test_what_an_adapter_says_of_people_is_not_in_the_log(world, caplog):
    world.send()
    world.answers(RuntimeError("https://operator.example/accountholder/msisdn/260970000002/active"))
    world.pass_by(5)
    assert "the adapter for mtn broke" in caplog.text
    assert "0970000002" not in caplog.text


def test_an_answer_that_is_no_news_leaves_whoever_has_the_transfer_by_now_in_peace(world):
    transfer = world.send()
    world.pass_by(1)
    others: list[int] = []

    def answered_by_another_worker_meanwhile(leg):
        outcome = settled(world.clock)
        now, patience = world.clock.now(), world.engine.patience
        after = world.engine.store(answered(world.get(transfer), leg.reference, outcome, now, patience))
        others.append(after.version)
        return outcome

    world.answers(answered_by_another_worker_meanwhile)
    world.clock.pass_by(timedelta(seconds=5))
    advance_transfer(transfer.id, world.engine)
    assert [world.get(transfer).version] == others
