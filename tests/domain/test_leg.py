"""Legs: one order to one operator, under one reference, for ever."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from factories import a_transfer, evidence, money, msisdn
from flash.adapters.memory import MemoryClock
from flash.domain.leg import CLOSED, LEG_MOVES, Kind, LegState, derived_reference
from flash.domain.money import EUR, Money
from flash.domain.outcome import Reason

CLOCK = MemoryClock()
NOW = CLOCK.now()
PLANNED = a_transfer(CLOCK).legs[0]

TO = {
    LegState.SUBMITTED: lambda leg: leg.accepted(),
    LegState.SETTLED: lambda leg: leg.settled("OP1", NOW),
    LegState.DECLINED: lambda leg: leg.declined(Reason.OTHER, NOW),
}


def test_a_leg_moves_as_the_rules_say():
    assert {before.value: {after.value for after in afters} for before, afters in LEG_MOVES.items()} == {
        "planned": {"submitting"},
        "submitting": {"submitted", "settled", "declined"},
        "submitted": {"settled", "declined"},
        "settled": set(),
        "declined": set(),
    }


@pytest.mark.parametrize("after", TO)
@pytest.mark.parametrize("before", LegState)
def test_a_leg_takes_only_the_moves_of_the_table(before, after):
    leg = replace(PLANNED, state=before)
    if after in LEG_MOVES[before] or before is after is LegState.SUBMITTED:
        assert TO[after](leg).state is after
    else:
        with pytest.raises(ValueError, match=f"cannot move from {before} to {after}"):
            TO[after](leg)


@pytest.mark.parametrize("state", [state for state in LegState if state is not LegState.PLANNED])
def test_a_leg_that_was_never_sent_is_first_sent_from_planned_only(state):
    with pytest.raises(ValueError, match="cannot move"):
        replace(PLANNED, state=state).sent(NOW, "p")


def test_sending_again_keeps_the_reference_the_platform_and_the_beginning():
    first = PLANNED.sent(NOW, "old")
    asked = replace(first, looks=4, resend=True)
    again = asked.sent(NOW + timedelta(seconds=31), "new")
    assert (again.reference, again.platform, again.opened_at) == (first.reference, "old", NOW)
    assert (again.attempts, again.looks, again.resend) == (2, 4, False)
    assert again.submitted_at == NOW + timedelta(seconds=31)


def test_a_leg_is_closed_by_an_answer_only():
    assert {state for state in LegState if replace(PLANNED, state=state).closed} == CLOSED


def test_a_settled_leg_knows_the_operators_id_and_a_declined_one_the_reason():
    leg = PLANNED.sent(NOW, "p")
    assert (leg.settled("OP1", NOW).operator_id, leg.settled("OP1", NOW).closed_at) == ("OP1", NOW)
    assert leg.declined(Reason.PAYER_REFUSED, NOW).reason is Reason.PAYER_REFUSED


@pytest.mark.parametrize(
    ("named", "contradicts"),
    [
        ({}, False),
        ({"amount": money("25.00")}, False),
        ({"party": msisdn("0960000001")}, False),
        ({"amount": money("25.00"), "party": msisdn("0960000001")}, False),
        ({"amount": money("25.01")}, True),
        ({"amount": Money(2500, EUR)}, True),
        ({"party": msisdn("0960000002")}, True),
        ({"amount": money("25.00"), "party": msisdn("0970000001")}, True),
    ],
)
def test_another_amount_currency_or_party_contradicts_and_silence_does_not(named, contradicts):
    assert PLANNED.contradicted_by(evidence(CLOCK, **named)) is contradicts


@pytest.mark.parametrize(("looks", "seconds"), list(enumerate([2, 3, 5, 8, 13, 20, 30])))
def test_the_first_looks_follow_fast(looks, seconds):
    assert replace(PLANNED, looks=looks).next_look(NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("age_s", "seconds"), [(0, 60), (599, 60), (600, 600), (86_400, 600)])
def test_later_looks_come_every_minute_and_after_ten_minutes_every_ten(age_s, seconds):
    leg = replace(PLANNED, looks=7, opened_at=NOW - timedelta(seconds=age_s))
    assert leg.next_look(NOW) == NOW + timedelta(seconds=seconds)


def test_a_leg_that_was_never_sent_counts_as_young():
    assert replace(PLANNED, looks=7).next_look(NOW) == NOW + timedelta(minutes=1)


def test_what_follows_on_a_collection_has_one_reference_for_each_place_and_kind() -> None:
    collection = UUID("4d764663-ad46-417c-8504-05bbf40e1307")
    wanted = {
        derived_reference(collection, kind, place) for kind in (Kind.DISBURSEMENT, Kind.REFUND) for place in (1, 2)
    }
    assert len(wanted) == 4
    assert {reference.version for reference in wanted} == {4}
    assert derived_reference(collection, Kind.DISBURSEMENT, 1) == UUID("adc1540e-4f22-40be-828f-fee83003c1d1")
    assert derived_reference(UUID(int=1, version=4), Kind.DISBURSEMENT, 1) not in wanted
