"""Orders that our books lost: known again by their references, and taken in without a second payment."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, a_transfer, declined, sent, settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.account import Staff
from flash.domain.errors import Conflict
from flash.domain.forgotten import Root, comes_by_itself, forgotten_leg, references_of
from flash.domain.leg import FORGOTTEN, Kind, Leg, LegState, derived_reference
from flash.domain.money import Money
from flash.domain.progress import Patience, cancelled, next_reference, reference_to_come
from flash.domain.reconcile import Class, Counterpart, Remedy, brought_to_a_person, is_as_it_was, judged
from flash.domain.review import Desk, FiledCase, Verdict, Wish, approved, proposed
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Overview, Result
from flash.domain.transfer import State, Transfer
from statements import NOTHING, line_of

CLOCK = MemoryClock()
NOW = CLOCK.now()

RECORDED = a_transfer(CLOCK)
COLLECTING = under_way(Kind.COLLECTION, CLOCK)
CANCEL_WANTED = cancelled(COLLECTING, NOW).transfer
COLLECTED = told(COLLECTING, settled(CLOCK), CLOCK).transfer
GOING_BACK = cancelled(COLLECTED, NOW).transfer
SENT_BACK = sent(GOING_BACK, CLOCK)
PAYING_OUT = under_way(Kind.DISBURSEMENT, CLOCK)
REFUSED = told(PAYING_OUT, declined(CLOCK), CLOCK).transfer
RETURNING = under_way(Kind.REFUND, CLOCK)
COMPLETED = told(PAYING_OUT, settled(CLOCK), CLOCK).transfer
HELD = replace(COLLECTING, state=State.IN_REVIEW, due_at=None)
ON_THE_WAY = (RECORDED, COLLECTING, COLLECTED, PAYING_OUT, HELD)
ALL = (*ON_THE_WAY, CANCEL_WANTED, GOING_BACK, SENT_BACK, REFUSED, RETURNING, COMPLETED)


MEMBER = Staff(
    id=UUID(int=7),
    email="thandi@flash.example",
    full_name="Thandiwe Zulu",
    role="finance",
    password_hash="unusable",
    created_at=NOW,
)


def lost(transfer: Transfer, kind: Kind, place: int) -> Leg:
    return forgotten_leg(transfer, derived_reference(transfer.legs[0].reference, kind, place), kind, NOW)


def counterpart(transfer: Transfer, leg: Leg) -> Counterpart:
    return Counterpart(transfer.id, transfer.number, leg, comes_by_itself(transfer, leg))


@pytest.mark.parametrize(
    ("transfer", "comes"),
    [
        pytest.param(RECORDED, None, id="it may become too old to be asked for"),
        pytest.param(COLLECTING, (Kind.DISBURSEMENT, 1), id="collecting"),
        pytest.param(CANCEL_WANTED, (Kind.REFUND, 1), id="collecting, and the payer cancelled"),
        pytest.param(COLLECTED, (Kind.DISBURSEMENT, 1), id="collected"),
        pytest.param(GOING_BACK, (Kind.REFUND, 1), id="going back because the payer cancelled"),
        pytest.param(SENT_BACK, None, id="going back, which is under way"),
        pytest.param(PAYING_OUT, None, id="the payout may still be settled"),
        pytest.param(REFUSED, (Kind.REFUND, 2), id="going back because the payout was declined"),
        pytest.param(RETURNING, None, id="the refund may still be settled"),
        pytest.param(COMPLETED, None, id="ended"),
        pytest.param(HELD, None, id="people decide what is next"),
    ],
)
def test_only_the_very_next_order_comes_by_itself(transfer: Transfer, comes: tuple[Kind, int] | None) -> None:
    found = [(k, place) for k in (Kind.DISBURSEMENT, Kind.REFUND) for place in (1, 2, 3)]
    unknown = [one for one in found if lost(transfer, *one).reference not in {leg.reference for leg in transfer.legs}]
    assert [one for one in unknown if comes_by_itself(transfer, lost(transfer, *one))] == ([comes] if comes else [])


def test_what_a_transfer_orders_is_among_the_references_by_which_it_is_known_again() -> None:
    for transfer in (COLLECTED, GOING_BACK, REFUSED):
        root = Root(transfer.id, transfer.legs[0].reference, len(transfer.legs))
        assert next_reference(transfer) in {reference for reference, _ in references_of(root)}


def test_no_reference_is_used_twice_whatever_was_taken_in_before() -> None:
    leg = lost(COLLECTED, Kind.REFUND, 2)
    transfer = replace(COLLECTED, legs=(*COLLECTED.legs, leg))
    assert reference_to_come(transfer, Kind.REFUND) == lost(COLLECTED, Kind.REFUND, 3).reference


def test_a_lost_leg_is_over_what_was_agreed_and_goes_to_whom_it_was_meant_for() -> None:
    payout, refund = lost(COLLECTING, Kind.DISBURSEMENT, 1), lost(COLLECTING, Kind.REFUND, 1)
    assert (payout.party, payout.amount) == (COLLECTING.payee, COLLECTING.amount)
    assert (refund.party, refund.amount, refund.refunds) == (
        COLLECTING.payer,
        COLLECTING.total,
        COLLECTING.legs[0].reference,
    )
    assert refund.is_forgotten
    assert not refund.settled("R1", NOW).is_forgotten
    assert len(FORGOTTEN) <= 200


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, (Class.FORGOTTEN, Remedy.CASE), id="settled"),
        pytest.param({"result": Result.FAILED}, (Class.FORGOTTEN, Remedy.CASE), id="failed"),
        pytest.param({"result": Result.PENDING}, (Class.FORGOTTEN, Remedy.CASE), id="pending"),
        pytest.param({"entry": Entry.DISBURSEMENT}, (Class.FORGOTTEN, Remedy.CASE), id="as a payout (ADR 9)"),
        pytest.param({"amount": Money(1)}, (Class.AMOUNT, Remedy.CASE), id="another amount"),
        pytest.param({"entry": Entry.COLLECTION}, (Class.CONTRADICTION, Remedy.CASE), id="another kind"),
    ],
)
def test_a_line_about_a_lost_refund_is_never_called_unknown(
    more: dict[str, object], expected: tuple[Class, Remedy]
) -> None:
    leg = lost(COLLECTED, Kind.REFUND, 1)
    (found,) = judged([line_of(leg, **more)], counterpart(COLLECTED, leg), NOTHING, NOW)
    assert (found.cls, found.remedy) == expected


def test_a_lost_payout_that_comes_by_itself_is_closed_unless_something_else_is_wrong() -> None:
    leg = lost(COLLECTED, Kind.DISBURSEMENT, 1)
    airtel = replace(NOTHING, operator=Operator.AIRTEL)
    (found,) = judged([line_of(leg, fee=Money(10))], counterpart(COLLECTED, leg), airtel, NOW)
    assert (found.cls, found.remedy) == (Class.FORGOTTEN, Remedy.CLOSE)
    twice = [line_of(leg), line_of(leg, operator_id="another")]
    found, second = judged(twice, counterpart(COLLECTED, leg), airtel, NOW)
    assert (found.cls, found.remedy, second.cls) == (Class.FORGOTTEN, Remedy.CASE, Class.DUPLICATE)


def test_a_transfer_that_went_on_since_the_look_is_seen_anew() -> None:
    leg = lost(COLLECTED, Kind.REFUND, 1)
    seen = counterpart(COLLECTED, leg)
    assert is_as_it_was(COLLECTED, seen)
    assert not is_as_it_was(GOING_BACK, seen)
    ordered = replace(leg, last_word="submit: waiting")
    assert not is_as_it_was(replace(GOING_BACK, legs=(*GOING_BACK.legs, ordered)), seen)


def test_references_of_a_statement_are_told_once_and_operators_ids_are_not() -> None:
    legs = [lost(COLLECTED, Kind.REFUND, place) for place in (1, 2)]
    lines = [line_of(legs[0]), line_of(legs[0], operator_id="X"), line_of(legs[1]), line_of(legs[1], reference=None)]
    assert Overview.of(lines).references == sorted(leg.reference for leg in legs)


def test_a_payout_that_went_out_ends_a_payment_whose_refund_did_not() -> None:
    leg = lost(SENT_BACK, Kind.DISBURSEMENT, 1)
    line = line_of(leg, operator_id="P1", at=NOW)
    (found,) = judged([line], counterpart(SENT_BACK, leg), replace(NOTHING, operator=Operator.AIRTEL), NOW)
    change = brought_to_a_person(SENT_BACK, found, NOW)
    assert [posting.account for posting in change.postings] == ["float:airtel:payout", "payee:airtel"]
    assert change.case is not None
    filed = FiledCase(id=1, transfer_id=change.transfer.id, case=change.case)
    desk = Desk(filed=filed, transfer=change.transfer, open_cases=[filed])
    assert decided(desk, Verdict.DECLINED).state is State.COMPLETED


@given(
    st.sampled_from(ALL),
    st.sampled_from([Kind.DISBURSEMENT, Kind.REFUND]),
    st.integers(1, 4),
    st.sampled_from(list(Result)),
    st.sampled_from([timedelta(0), timedelta(hours=-1), timedelta(hours=1)]),
)
@REPEATABLE
def test_whatever_was_lost_nothing_more_is_ordered_and_every_case_can_be_decided(
    transfer: Transfer, kind: Kind, place: int, result: Result, shift: timedelta
) -> None:
    leg = lost(transfer, kind, place)
    if any(one.reference == leg.reference for one in transfer.legs):
        return
    agreed = replace(NOTHING, operator=leg.operator)
    line = line_of(leg, result=result, at=NOW + shift)
    found = next(judged([line], counterpart(transfer, leg), agreed, NOW))
    if found.remedy is Remedy.CLOSE:
        return
    change = brought_to_a_person(transfer, found, NOW)
    after = change.transfer
    assert change.case is not None
    assert sum(not one.closed for one in after.legs) <= 1
    assert sum(one.state is LegState.SETTLED for one in after.legs if one.kind is not Kind.COLLECTION) <= 1
    assert sum(posting.amount.minor for posting in change.postings) == 0
    if transfer.final:
        assert after == transfer
        return
    assert (after.state, after.due_at) == (State.IN_REVIEW, None)
    filed = FiledCase(id=1, transfer_id=after.id, case=change.case)
    desk = Desk(filed=filed, transfer=after, open_cases=[filed])
    (paid,) = [one for one in after.legs if one.reference == change.case.reference]
    assert not paid.closed
    assert decided(desk, Verdict.DECLINED).legs
    if any(one.state is LegState.SETTLED for one in after.legs if one.kind is not Kind.COLLECTION):
        with pytest.raises(Conflict, match="moved the money already"):
            decided(desk, Verdict.SETTLED)
    else:
        assert decided(desk, Verdict.SETTLED).final


def decided(desk: Desk, verdict: Verdict) -> Transfer:
    """What two people make of a case."""
    operator_id = "R1" if verdict is Verdict.SETTLED else ""
    wish = Wish(verdict=verdict, reason="it is so", evidence="a mail", operator_id=operator_id)
    decision = proposed(wish, desk, MEMBER, NOW, decision_id=desk.transfer.id)
    after = approved(decision, desk, MEMBER, NOW, Patience()).change.transfer
    assert sum(one.state is LegState.SETTLED for one in after.legs if one.kind is not Kind.COLLECTION) <= 1
    assert not after.final or after.open_leg is None
    return after
