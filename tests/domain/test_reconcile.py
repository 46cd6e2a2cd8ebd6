"""What a statement and our legs say of each other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE, a_transfer, declined, money, msisdn, settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.fees import parse_fees
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.money import EUR, ZMW, Money
from flash.domain.outcome import Source
from flash.domain.progress import Patience
from flash.domain.reconcile import (
    CLOCKS,
    Agreed,
    Class,
    Counterpart,
    Difference,
    Remedy,
    brought_to_a_person,
    healed,
    is_missing,
    judged,
    missing_there,
    unread,
)
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Line, Overview, Result, Unreadable, grouped
from flash.domain.transfer import State, Transfer
from statements import NOTHING, line_of

CLOCK = MemoryClock()
NOW = CLOCK.now()
OTHER = UUID("11111111-2222-4333-8444-555555555555")


def open_leg(kind: Kind = Kind.COLLECTION) -> Leg:
    return replace(under_way(kind, CLOCK).the_open_leg(), operator=Operator.MTN)


def settled_leg(**more: Any) -> Leg:
    return replace(open_leg().settled("OP1", NOW), **more)


def declined_leg() -> Leg:
    leg = told(under_way(Kind.COLLECTION, CLOCK), declined(CLOCK), CLOCK).transfer.latest(Kind.COLLECTION)
    assert leg.state is LegState.DECLINED
    return leg


def compared(leg: Leg | None, *lines: Line, agreed: Agreed = NOTHING) -> list[Difference]:
    counterpart = Counterpart(OTHER, "FL1", leg) if leg else None
    return list(judged(lines, counterpart, agreed, NOW))


def classes(found: list[Difference]) -> list[tuple[Class, Remedy]]:
    return [(one.cls, one.remedy) for one in found]


def test_a_line_that_agrees_with_a_settled_leg_is_no_difference() -> None:
    leg = settled_leg()
    assert compared(leg, line_of(leg)) == []


def test_a_failed_line_about_a_declined_leg_is_no_difference() -> None:
    leg = declined_leg()
    assert compared(leg, line_of(leg, result=Result.FAILED)) == []


OPEN, SETTLED, DECLINED = open_leg(), settled_leg(), declined_leg()
CASE, HEAL, CLOSE = Remedy.CASE, Remedy.HEAL, Remedy.CLOSE


@pytest.mark.parametrize(
    ("leg", "lines", "expected"),
    [
        pytest.param(OPEN, [line_of(OPEN)], [(Class.LATE, HEAL)], id="open here, settled there"),
        pytest.param(OPEN, [line_of(OPEN, result=Result.FAILED)], [(Class.LATE, HEAL)], id="open here, failed there"),
        pytest.param(OPEN, [line_of(OPEN, party=None)], [(Class.LATE, CASE)], id="nobody is named"),
        pytest.param(OPEN, [line_of(OPEN, operator_id="")], [(Class.LATE, CASE)], id="no id of theirs"),
        pytest.param(
            OPEN, [line_of(OPEN, at=NOW - timedelta(hours=1))], [(Class.LATE, CASE)], id="before it was ordered"
        ),
        pytest.param(OPEN, [line_of(OPEN, at=NOW + timedelta(hours=1))], [(Class.LATE, CASE)], id="in the future"),
        pytest.param(OPEN, [line_of(OPEN, result=Result.PENDING)], [], id="pending there says nothing"),
        pytest.param(OPEN, [line_of(OPEN, amount=money("25.01"))], [(Class.AMOUNT, CASE)], id="one ngwee more"),
        pytest.param(OPEN, [line_of(OPEN, amount=Money(2500, EUR))], [(Class.AMOUNT, CASE)], id="another currency"),
        pytest.param(
            OPEN,
            [line_of(OPEN, party=msisdn("0960000009"))],
            [(Class.CONTRADICTION, CASE)],
            id="open here, another party there",
        ),
        pytest.param(
            OPEN, [line_of(OPEN, entry=Entry.DISBURSEMENT)], [(Class.CONTRADICTION, CASE)], id="another kind there"
        ),
        pytest.param(OPEN, [line_of(OPEN, entry=Entry.OTHER)], [(Class.CONTRADICTION, CASE)], id="an unknown kind"),
        pytest.param(OPEN, [line_of(OPEN, incoming=False)], [(Class.CONTRADICTION, CASE)], id="the other direction"),
        pytest.param(
            OPEN,
            [line_of(OPEN), line_of(OPEN, operator_id="OP2")],
            [(Class.LATE, CASE), (Class.DUPLICATE, CASE)],
            id="open here, twice there",
        ),
        pytest.param(
            OPEN,
            [line_of(OPEN), line_of(OPEN)],
            [(Class.LATE, CASE), (Class.DUPLICATE, CASE)],
            id="open here, the same line twice",
        ),
        pytest.param(
            OPEN,
            [line_of(OPEN), line_of(OPEN, result=Result.FAILED)],
            [(Class.LATE, CASE)],
            id="open here, yes and no there",
        ),
        pytest.param(
            OPEN,
            [line_of(OPEN), line_of(OPEN, entry=Entry.REVERSAL, incoming=False)],
            [(Class.REVERSED_THERE, CASE), (Class.LATE, CASE)],
            id="open here, settled and taken back there",
        ),
        pytest.param(
            OPEN,
            [line_of(OPEN, fee=money("0.50"))],
            [(Class.FEE, CASE), (Class.LATE, CASE)],
            id="open here, settled with a fee there",
        ),
        pytest.param(SETTLED, [line_of(SETTLED, amount=money("24.99"))], [(Class.AMOUNT, CASE)], id="one ngwee less"),
        pytest.param(SETTLED, [line_of(SETTLED, fee=money("0.01"))], [(Class.FEE, CASE)], id="a fee nobody agreed"),
        pytest.param(
            SETTLED,
            [line_of(SETTLED), line_of(SETTLED, entry=Entry.FEE, amount=money("0.40"), incoming=False, party=None)],
            [(Class.FEE, CASE)],
            id="a fee in a line of its own",
        ),
        pytest.param(
            SETTLED,
            [line_of(SETTLED, at=NOW - timedelta(days=1))],
            [(Class.LATE, CLOSE)],
            id="settled a day earlier there",
        ),
        pytest.param(
            SETTLED,
            [line_of(SETTLED), line_of(SETTLED, operator_id="OP2")],
            [(Class.DUPLICATE, CASE)],
            id="settled here, twice there",
        ),
        pytest.param(
            SETTLED, [line_of(SETTLED, operator_id="OP2")], [(Class.DUPLICATE, CASE)], id="only the other one there"
        ),
        pytest.param(
            SETTLED,
            [line_of(SETTLED, entry=Entry.REVERSAL, operator_id="R1", incoming=False)],
            [(Class.REVERSED_THERE, CASE)],
            id="a reversal in a line of its own",
        ),
        pytest.param(
            SETTLED, [line_of(SETTLED, result=Result.REVERSED)], [(Class.REVERSED_THERE, CASE)], id="marked reversed"
        ),
        pytest.param(
            SETTLED,
            [line_of(SETTLED, result=Result.FAILED)],
            [(Class.CONTRADICTION, CASE)],
            id="settled here, failed there",
        ),
        pytest.param(DECLINED, [line_of(DECLINED)], [(Class.CONTRADICTION, CASE)], id="declined here, settled there"),
        pytest.param(
            None, [line_of(OPEN, reference=OTHER)], [(Class.MISSING_HERE, CASE)], id="a reference that is not ours"
        ),
        pytest.param(
            None,
            [line_of(OPEN, reference=None, incoming=False)],
            [(Class.MISSING_HERE, CASE)],
            id="money out that we do not know",
        ),
        pytest.param(
            None, [line_of(OPEN, reference=None)], [(Class.UNKNOWN_MONEY_IN, CASE)], id="money in that we do not know"
        ),
        pytest.param(
            None,
            [line_of(OPEN, reference=None, entry=Entry.FEE, incoming=False)],
            [(Class.FEE, CASE)],
            id="a fee for nothing",
        ),
        pytest.param(None, [line_of(OPEN, reference=None, result=Result.FAILED)], [], id="somebody else's failure"),
    ],
)
def test_each_difference_has_its_class(
    leg: Leg | None, lines: list[Line], expected: list[tuple[Class, Remedy]]
) -> None:
    assert classes(compared(leg, *lines)) == expected


def test_an_order_to_another_operator_is_never_healed_by_this_ones_statement() -> None:
    leg = replace(OPEN, operator=Operator.AIRTEL)
    assert classes(compared(leg, line_of(leg))) == [(Class.CONTRADICTION, CASE)]


def test_an_order_that_was_never_sent_cannot_have_been_carried_out() -> None:
    leg = a_transfer(CLOCK).the_open_leg()
    assert classes(compared(leg, line_of(leg, at=NOW))) == [(Class.CONTRADICTION, CASE)]
    assert classes(compared(leg, line_of(leg, at=NOW, result=Result.FAILED))) == [(Class.CONTRADICTION, CASE)]


def test_a_failure_from_before_the_order_was_sent_again_proves_nothing() -> None:
    leg = replace(OPEN, attempts=2, opened_at=NOW - CLOCKS * 4, submitted_at=NOW)
    assert classes(compared(leg, line_of(leg, at=NOW - CLOCKS * 2, result=Result.FAILED))) == [(Class.LATE, CASE)]
    assert classes(compared(leg, line_of(leg, at=NOW - CLOCKS * 2))) == [(Class.LATE, HEAL)]


def test_money_that_goes_back_as_a_payout_is_a_refund_all_the_same() -> None:
    leg = open_leg(Kind.REFUND)
    assert classes(compared(leg, line_of(leg, entry=Entry.DISBURSEMENT))) == [(Class.LATE, HEAL)]


def test_an_agreed_fee_is_no_difference_and_none_at_all_is() -> None:
    agreed = Agreed(Operator.MTN, {Kind.COLLECTION: parse_fees("100.00: 0.30", ZMW)})
    assert compared(SETTLED, line_of(SETTLED, fee=money("0.30")), agreed=agreed) == []
    assert classes(compared(SETTLED, line_of(SETTLED), agreed=agreed)) == [(Class.FEE, CASE)]


def test_age_is_counted_from_the_side_that_has_it() -> None:
    (found,) = compared(None, line_of(OPEN, reference=None, at=NOW - timedelta(hours=3)))
    assert found.age == timedelta(hours=3)
    old = settled_leg(closed_at=NOW - timedelta(days=2))
    assert missing_there(Counterpart(OTHER, "FL1", old), NOTHING, NOW).age == timedelta(days=2)


def overview_of(*lines: Line | Unreadable) -> Overview:
    return Overview.of(lines)


def bounds(before: timedelta, after: timedelta) -> list[Line]:
    return [
        line_of(OPEN, reference=None, operator_id="first", at=NOW - before),
        line_of(OPEN, reference=None, operator_id="last", at=NOW + after),
    ]


def test_a_settled_leg_is_missing_when_all_of_its_life_lies_within_the_statement() -> None:
    counterpart = Counterpart(OTHER, "FL1", SETTLED)
    hour = timedelta(hours=1)
    assert is_missing(counterpart, overview_of(*bounds(hour, hour)))
    assert not is_missing(counterpart, overview_of(*bounds(timedelta(minutes=1), hour)))
    assert not is_missing(counterpart, overview_of(*bounds(hour, timedelta(minutes=1))))
    assert not is_missing(counterpart, overview_of())
    assert not is_missing(counterpart, overview_of(*bounds(hour, hour), line_of(SETTLED, reference=None)))
    assert not is_missing(counterpart, overview_of(*bounds(hour, hour), line_of(SETTLED, operator_id="X")))
    assert is_missing(counterpart, overview_of(*bounds(hour, hour), line_of(SETTLED, result=Result.PENDING)))


def test_a_line_is_alone_when_no_other_shares_a_name_with_it() -> None:
    first = line_of(OPEN, operator_id="A")
    by_reference, by_id = line_of(OPEN, operator_id="B"), line_of(OPEN, operator_id="A", reference=None)
    undone = line_of(OPEN, operator_id="C", reference=None, original_id="A", entry=Entry.REVERSAL)
    stranger = line_of(OPEN, operator_id="D", reference=None)
    for other in (by_reference, by_id, undone):
        overview = overview_of(first, stranger, other)
        assert not overview.is_alone(first)
        assert not overview.is_alone(other)
        assert overview.is_alone(stranger)
    assert grouped([by_reference, stranger, undone, first]) == [[by_reference, first, undone], [stranger]]


def test_the_same_difference_has_the_same_digest_wherever_it_stands() -> None:
    line = line_of(OPEN, amount=money("1.00"))
    (first,), (again,) = compared(OPEN, line), compared(OPEN, replace(line, number=77, raw="with a balance"))
    (other,) = compared(OPEN, replace(line, amount=money("2.00")))
    assert first.digest == again.digest != other.digest
    twins = compared(SETTLED, line_of(SETTLED), line_of(SETTLED), line_of(SETTLED))
    assert len({one.digest for one in twins}) == len(twins) == 2
    unreadable = {unread(Unreadable(1, raw, "broken"), NOTHING).digest for raw in ("a", "b")}
    assert len(unreadable) == 2


# --- What a difference changes


def found_in(transfer: Transfer, **more: Any) -> Difference:
    leg = transfer.the_open_leg()
    agreed = Agreed(leg.operator, {})
    (found,) = judged([line_of(leg, **more)], Counterpart(transfer.id, transfer.number, leg), agreed, NOW)
    return found


@pytest.mark.parametrize("kind", list(Kind))
def test_a_line_that_agrees_ends_the_leg_as_any_other_evidence_does(kind: Kind) -> None:
    transfer = under_way(kind, CLOCK)
    change = healed(transfer, found_in(transfer, raw="the very line"), NOW, Patience())
    assert change is not None
    expected = told(transfer, settled(CLOCK, Source.STATEMENT), CLOCK)
    assert change.transfer.state is expected.transfer.state
    assert [posting.account for posting in change.postings] == [posting.account for posting in expected.postings]
    ((_, proof, meaning),) = change.evidence
    assert (proof.source, proof.body, meaning) == (Source.STATEMENT, "the very line", "settled")


def test_a_transfer_in_review_for_doubt_goes_on_by_a_statement() -> None:
    transfer = replace(under_way(Kind.DISBURSEMENT, CLOCK), state=State.IN_REVIEW, due_at=None)
    change = healed(transfer, found_in(transfer), NOW, Patience())
    assert change is not None
    assert change.transfer.state is State.COMPLETED
    change = healed(transfer, found_in(transfer, result=Result.FAILED), NOW, Patience())
    assert change is not None
    assert change.transfer.state is State.RETURNING


def test_a_leg_that_ended_meanwhile_is_not_healed() -> None:
    transfer = under_way(Kind.DISBURSEMENT, CLOCK)
    found = found_in(transfer)
    assert healed(told(transfer, settled(CLOCK), CLOCK).transfer, found, NOW, Patience()) is None


def test_a_difference_about_an_open_leg_holds_the_transfer_for_a_person() -> None:
    transfer = under_way(Kind.COLLECTION, CLOCK)
    change = brought_to_a_person(transfer, found_in(transfer, amount=money("1.00")), NOW)
    assert (change.transfer.state, change.transfer.due_at) == (State.IN_REVIEW, None)
    assert change.case is not None
    assert change.case.cause == "reconcile_amount"
    assert [meaning for _, _, meaning in change.evidence] == ["amount"]


def test_a_difference_after_the_end_changes_nothing_but_opens_a_case() -> None:
    transfer = under_way(Kind.DISBURSEMENT, CLOCK)
    found = found_in(transfer, amount=money("1.00"))
    ended = told(transfer, settled(CLOCK), CLOCK).transfer
    change = brought_to_a_person(ended, found, NOW)
    assert (change.transfer, change.steps, change.postings) == (ended, (), ())
    assert change.case is not None


def test_a_fee_holds_nobody_up() -> None:
    transfer = under_way(Kind.COLLECTION, CLOCK)
    leg = transfer.the_open_leg()
    lines = [line_of(leg, fee=money("1.00"))]
    fee, late = judged(lines, Counterpart(transfer.id, transfer.number, leg), NOTHING, NOW)
    assert brought_to_a_person(transfer, fee, NOW).transfer.state is State.COLLECTING
    assert brought_to_a_person(transfer, late, NOW).transfer.state is State.IN_REVIEW


# --- Whatever a statement says

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "entry": st.sampled_from(list(Entry)),
        "result": st.sampled_from(list(Result)),
        "amount": st.sampled_from([money("25.00"), money("25.01"), money("2500.00")]),
        "party": st.sampled_from([None, msisdn("0960000001"), msisdn("0960000009")]),
        "operator_id": st.sampled_from(["", "A", "B"]),
        "reference": st.sampled_from([None, OPEN.reference]),
        "incoming": st.sampled_from([None, True, False]),
        "fee": st.sampled_from([money("0.00"), money("0.10")]),
        "at": st.sampled_from([NOW, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
    },
)


@given(st.lists(CHANGES, min_size=1, max_size=4), st.sampled_from([OPEN, SETTLED, DECLINED]))
@REPEATABLE
def test_what_is_healed_always_had_exactly_one_line_and_that_agreed(changes: list[dict[str, Any]], leg: Leg) -> None:
    lines = [line_of(leg, **change) for change in changes]
    for found in compared(leg, *lines):
        if found.remedy is not Remedy.HEAL:
            continue
        (line,) = lines
        assert not leg.closed
        assert line.result in (Result.SETTLED, Result.FAILED)
        assert (line.amount, line.party, line.entry.value) == (leg.amount, leg.party, leg.kind.value)
        assert line.incoming is not False
        assert line.fee.minor == 0
        assert leg.opened_at is not None
        assert leg.opened_at - CLOCKS <= line.at <= NOW + CLOCKS


@given(st.lists(CHANGES, min_size=1, max_size=4))
@REPEATABLE
def test_no_line_that_moves_money_against_us_passes_in_silence(changes: list[dict[str, Any]]) -> None:
    lines = [line_of(SETTLED, **change) for change in changes]
    found = compared(SETTLED, *lines)
    if sum(line.moves_money for line in lines) > 1 or any(line.takes_back for line in lines):
        assert found
    assert compared(None, *[line for line in lines if line.moves_money]) or not any(
        line.moves_money and line.amount.minor for line in lines
    )
