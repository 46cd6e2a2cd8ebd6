"""Statements against stored legs, on every database: dealt with once, healed rightly or not at all."""

import secrets
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from factories import World, at_once, money, msisdn, settled, waiting
from flash.adapters.sql.tables import cases, differences
from flash.domain.leg import Kind, Leg
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Line, Overview, Result, Unreadable
from flash.domain.transfer import State, Transfer
from flash.usecases.reconcile import Became, reconcile
from statements import (
    a_day_of_payments,
    a_statement,
    desk,
    line_of,
    mtn_file,
    reconciled,
    reopened,
    told,
)

HEALED, CASE, KNOWN = ("late", "healed"), "case opened", "known before"


def in_doubt(world: World, **more: Any) -> tuple[Transfer, Leg]:
    """A transfer whose payer was asked, and whose operator knows no end since."""
    world.answers(waiting(world.clock))
    transfer = world.send(**more)
    world.pass_by(30, every=5)
    transfer = world.get(transfer)
    assert transfer.state is State.COLLECTING
    return transfer, transfer.the_open_leg()


def in_doubt_too_long(world: World) -> tuple[Transfer, Leg]:
    transfer, _ = in_doubt(world)
    world.pass_by(25 * 3600, every=600)
    transfer = world.get(transfer)
    assert transfer.state is State.IN_REVIEW
    return transfer, transfer.the_open_leg()


def causes(world: World, transfer: Transfer) -> list[str]:
    return [case.cause for case in world.file(transfer).cases]


def test_a_leg_in_doubt_is_healed_by_its_line_and_the_transfer_goes_on(world: World) -> None:
    transfer, leg = in_doubt(world)
    woken = len(world.jobs.woken)
    found = reconciled(world, a_statement(line_of(leg, raw="the very line")))
    assert (told(found), world.jobs.woken[woken:]) == ([HEALED], [transfer.id])
    after = world.get(transfer)
    assert (after.state, after.latest(Kind.COLLECTION).operator_id) == (State.COLLECTED, line_of(leg).operator_id)
    kept = [proof for _, proof, _ in world.file(transfer).evidence]
    assert (kept[-1].source, kept[-1].body) == ("statement", "the very line")
    assert world.audit() == []
    world.answers(settled(world.clock))
    world.pass_by(5)
    assert world.get(transfer).state is State.COMPLETED
    assert world.audit() == []


def test_a_statement_that_says_no_gives_the_day_limit_back(world: World) -> None:
    transfer, leg = in_doubt(world)
    found = reconciled(world, a_statement(line_of(leg, result=Result.FAILED)))
    assert (told(found), world.get(transfer).state) == ([HEALED], State.FAILED)
    assert world.audit() == []


def test_a_review_for_doubt_is_ended_by_a_statement(world: World) -> None:
    transfer, leg = in_doubt_too_long(world)
    assert told(reconciled(world, a_statement(line_of(leg)))) == [HEALED]
    assert world.get(transfer).state is State.COLLECTED
    with world.database.unit_of_work() as store:
        assert list(store.reviews.desk(after=0, limit=10)) == []


def test_a_leg_that_was_healed_the_day_after_is_no_news_afterwards(world: World) -> None:
    transfer, leg = in_doubt(world)
    statement = a_statement(line_of(leg))
    world.clock.pass_by(timedelta(days=1))
    assert told(reconciled(world, statement)) == [HEALED]
    (again,) = reconciled(world, statement)
    assert (again.became, again.is_done, causes(world, transfer)) == (Became.KNOWN, True, [])


def test_a_review_for_a_contradiction_is_not(world: World) -> None:
    transfer, leg = in_doubt(world)
    world.answers(settled(world.clock, amount=money("9.00")))
    world.pass_by(60)
    assert causes(world, transfer) == ["contradiction"]
    assert told(reconciled(world, a_statement(line_of(leg)))) == [("late", CASE)]
    assert world.get(transfer).state is State.IN_REVIEW


def test_absence_from_a_statement_proves_nothing_about_an_open_leg(world: World) -> None:
    transfer, leg = in_doubt(world)
    assert leg.opened_at is not None
    around = [
        line_of(leg, reference=None, operator_id=name, at=leg.opened_at + shift, amount=money("0.00"))
        for name, shift in (("first", timedelta(hours=-5)), ("last", timedelta(hours=5)))
    ]
    assert reconciled(world, a_statement(*around)) == []
    assert world.get(transfer).state is State.COLLECTING


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"amount": "24.99"}, "reconcile_amount"),
        ({"party": "0960000009"}, "reconcile_contradiction"),
        ({"entry": Entry.DISBURSEMENT}, "reconcile_contradiction"),
        ({"result": Result.REVERSED}, "reconcile_reversed_there"),
    ],
)
def test_a_line_that_does_not_agree_opens_a_case_and_holds_the_transfer(
    world: World, change: dict[str, Any], cause: str
) -> None:
    transfer, leg = in_doubt(world)
    values = dict(change)
    if "amount" in values:
        values["amount"] = money(values["amount"])
    if "party" in values:
        values["party"] = msisdn(values["party"])
    for became in (CASE, KNOWN):
        found = reconciled(world, a_statement(line_of(leg, **values)))
        assert [one.became for one in found] == [became]
        assert (causes(world, transfer), world.get(transfer).state) == ([cause], State.IN_REVIEW)
    assert world.audit() == []


def test_the_same_file_again_heals_nothing_and_opens_nothing(world: World) -> None:
    _, leg = in_doubt(world)
    other, other_leg = in_doubt(world, payer="0960000003")
    stranger = line_of(leg, reference=None, operator_id="S", number=9)
    statement = a_statement(line_of(leg), line_of(other_leg, amount=money("1.00")), stranger)
    first = reconciled(world, statement)
    assert Counter(told(first)) == Counter([HEALED, ("amount", CASE), ("unknown_money_in", "noted")])
    again = reconciled(world, statement)
    assert Counter(told(again)) == Counter([("amount", KNOWN), ("unknown_money_in", KNOWN)])
    assert causes(world, other) == ["reconcile_amount"]


def test_what_an_earlier_statement_took_back_a_later_one_does_not_heal(world: World) -> None:
    transfer, leg = in_doubt(world)
    undone = line_of(leg, entry=Entry.REVERSAL, operator_id="R1", incoming=False)
    assert told(reconciled(world, a_statement(undone))) == [("reversed_there", CASE)]
    assert told(reconciled(world, a_statement(line_of(leg)))) == [("late", CASE)]
    assert told(reconciled(world, a_statement(line_of(leg)))) == [("late", KNOWN)]
    assert world.get(transfer).state is State.IN_REVIEW


def test_a_leg_about_which_a_person_was_asked_before_is_not_healed_behind_their_back(world: World) -> None:
    transfer, leg = in_doubt(world)
    charge = line_of(leg, entry=Entry.FEE, operator_id="F1", amount=money("0.40"), incoming=False, party=None)
    assert told(reconciled(world, a_statement(charge))) == [("fee", CASE)]
    assert world.get(transfer).state is State.COLLECTING
    assert told(reconciled(world, a_statement(line_of(leg)))) == [("late", CASE)]


def test_lines_that_share_a_name_are_judged_together(world: World) -> None:
    transfer, leg = in_doubt(world)
    twins = a_statement(line_of(leg), line_of(leg, reference=None, number=3))
    assert Counter(told(reconciled(world, twins))) == Counter([("late", CASE), ("duplicate", CASE)])
    assert causes(world, transfer) == ["reconcile_late", "reconcile_duplicate"]


def test_two_legs_under_one_id_of_theirs_heal_neither(world: World) -> None:
    (first, leg), (second, other) = in_doubt(world), in_doubt(world, payer="0960000003")
    statement = a_statement(line_of(leg, operator_id="X"), line_of(other, operator_id="X"))
    assert told(reconciled(world, statement)) == [("late", CASE), ("late", CASE)]
    assert {world.get(one).state for one in (first, second)} == {State.IN_REVIEW}


def test_nothing_is_healed_by_a_file_with_a_line_that_nobody_understands(world: World) -> None:
    transfer, leg = in_doubt(world)
    broken = Unreadable(3, f"{leg.reference} REVERSED?", "its word for the status is not in the settings")
    found = reconciled(world, a_statement(line_of(leg), broken))
    assert Counter(told(found)) == Counter([("late", "held back"), ("unreadable", "noted")])
    assert world.get(transfer).state is State.COLLECTING
    assert told(reconciled(world, a_statement(line_of(leg)))) == [HEALED]


def test_a_file_that_breaks_off_changes_nothing(world: World) -> None:
    transfer, leg = in_doubt(world)

    def statement() -> Any:
        yield line_of(leg)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        reconciled(world, statement)
    assert world.get(transfer).state is State.COLLECTING


def test_a_line_without_our_reference_is_known_by_the_operators_id(world: World) -> None:
    transfer = completed(world)
    leg = transfer.latest(Kind.COLLECTION)
    assert reconciled(world, a_statement(line_of(leg, reference=None))) == []
    undone = line_of(leg, entry=Entry.REVERSAL, operator_id="R", original_id=str(leg.operator_id), reference=None)
    assert told(reconciled(world, a_statement(undone))) == [("reversed_there", CASE)]


def test_another_operators_id_is_not_ours(world: World) -> None:
    transfer = completed(world)
    payout = transfer.latest(Kind.DISBURSEMENT)
    assert payout.operator is Operator.AIRTEL
    found = reconciled(world, a_statement(line_of(payout, reference=None, operator_id="AIRTEL-1")))
    assert told(found) == [("missing_here", "noted")]


def test_a_settled_leg_that_the_statement_should_have_is_missing_once(world: World) -> None:
    transfer = completed(world)
    leg = transfer.latest(Kind.COLLECTION)
    assert leg.closed_at is not None
    world.clock.pass_by(timedelta(days=1))
    around = [
        line_of(leg, reference=None, operator_id=name, at=leg.closed_at + shift, amount=money("0.00"))
        for name, shift in (("first", timedelta(hours=-5)), ("last", timedelta(hours=5)))
    ]
    broken = Unreadable(9, "?", "it has too few cells")
    assert told(reconciled(world, a_statement(*around, broken))) == [("unreadable", "noted")]
    assert told(reconciled(world, a_statement(*around))) == [("missing_there", CASE)]
    assert told(reconciled(world, a_statement(*around))) == [("missing_there", KNOWN)]
    assert causes(world, transfer) == ["reconcile_missing_there"]
    assert world.get(transfer).state is State.COMPLETED


def test_another_day_there_closes_itself(world: World) -> None:
    leg = completed(world).latest(Kind.COLLECTION)
    assert leg.closed_at is not None
    line = line_of(leg, at=leg.closed_at - timedelta(days=1))
    assert told(reconciled(world, a_statement(line))) == [("late", "closed")]
    assert told(reconciled(world, a_statement(line))) == [("late", KNOWN)]


@pytest.mark.parametrize("says_all", [True, False])
def test_a_leg_that_moved_while_we_looked_is_left_alone(world: World, says_all: bool) -> None:
    transfer, leg = in_doubt(world)
    statement, patient = a_statement(line_of(leg, **({} if says_all else {"party": None}))), desk(world)
    world.answers(settled(world.clock))
    opened: list[Any] = []

    def interrupted() -> Any:
        """Let the operator answer between the look and the deed."""
        opened.append(None)
        if len(opened) == 3:
            world.pass_by(40, every=5)
        return patient.unit_of_work()

    found = reconcile(statement, Overview.of(statement()), replace(patient, unit_of_work=interrupted))
    assert [one.became for one in found] == [Became.MOVED]
    assert world.get(transfer).state is State.COMPLETED
    assert causes(world, transfer) == []


def completed(world: World) -> Transfer:
    world.answers(waiting(world.clock), settled(world.clock))
    transfer = world.send()
    world.pass_by(60)
    transfer = world.get(transfer)
    assert transfer.state is State.COMPLETED
    return transfer


# --- Several at once, and many


def test_two_runs_at_once_heal_once_and_open_each_case_once(sql_world: World) -> None:
    healing = [in_doubt(sql_world, payer=f"096000010{number}") for number in range(4)]
    opening = [in_doubt(sql_world, payer=f"096000020{number}") for number in range(4)]
    lines = [line_of(leg, operator_id=f"H{number}") for number, (_, leg) in enumerate(healing)]
    lines += [line_of(leg, amount=money("1.00"), operator_id=f"C{i}") for i, (_, leg) in enumerate(opening)]
    lines += [line_of(healing[0][1], reference=None, operator_id=f"S{i}") for i in range(4)]
    runs = at_once(2, lambda _: reconciled(sql_world, a_statement(*lines)))
    became = Counter(one.became for run in runs if isinstance(run, list) for one in run)
    assert (became[Became.HEALED], became[Became.CASE], became[Became.NOTED]) == (4, 4, 4)
    for transfer, _ in healing:
        assert (sql_world.get(transfer).state, causes(sql_world, transfer)) == (State.COLLECTED, [])
    for transfer, _ in opening:
        assert causes(sql_world, transfer) == ["reconcile_amount"]
    assert sql_world.audit() == []


FAULTS = 12
EACH = 5


def test_each_class_is_found_among_ten_thousand_lines_and_none_is_wrongly_healed(
    sql_world: World, tmp_path: Path
) -> None:
    day = a_day_of_payments(sql_world, 5000)
    sql_world.clock.pass_by(timedelta(hours=3))
    lines, expected, to_heal = injected(sql_world, day)
    assert len(lines) >= 10_000
    statement = mtn_file(tmp_path / "mtn.csv", lines)
    found = reconciled(sql_world, statement)
    assert Counter(told(found)) == expected
    healed = {one.difference.reference for one in found if one.became is Became.HEALED}
    assert healed == to_heal
    assert all(one.difference.age > timedelta(0) for one in found)
    assert sql_world.audit() == []
    with sql_world.database.engine.connect() as connection:
        opened = connection.execute(select(func.count()).select_from(cases)).scalar_one()
        noted = connection.execute(select(func.count()).select_from(differences)).scalar_one()
    assert (opened, noted) == (sum(n for (_, became), n in expected.items() if became == CASE), len(found))
    assert {became for _, became in told(reconciled(sql_world, statement))} == {KNOWN}


def injected(world: World, day: list[Transfer]) -> tuple[list[Line], Counter[tuple[str, str]], set[Any]]:
    """Return a statement of that day with each difference in it, what must be found, and what must be healed."""
    expected: Counter[tuple[str, str]] = Counter()
    to_heal: set[Any] = set()
    lines: list[Line] = []
    # Payouts here and there have something wrong, in turn; none at the edges, where nothing counts as missing.
    faults = {700 + 70 * number: number % FAULTS for number in range(FAULTS * EACH)}
    for number, transfer in enumerate(day):
        collection, payout = transfer.legs
        lines.append(line_of(collection))
        fault = faults.get(number)
        good = line_of(payout)
        if fault is None:
            lines.append(good)
            continue
        wrong, outcome, heals = _fault(fault, world, transfer, good)
        lines += wrong
        expected.update(outcome)
        to_heal |= {payout.reference} if heals else set()
    return lines, expected, to_heal


def _fault(fault: int, world: World, transfer: Transfer, good: Line) -> tuple[list[Line], list[tuple[str, str]], bool]:
    """Return the lines in place of the good one, what they come to, and whether the leg is healed."""
    token = secrets.token_hex(6)
    stranger = replace(good, reference=None, operator_id=f"S{token}")
    second = replace(good, operator_id=f"D{token}", at=good.at + timedelta(seconds=9))
    undone = replace(good, entry=Entry.REVERSAL, operator_id=f"R{token}", incoming=True)
    if fault in (10, 11):
        reopened(world, transfer)
    table: list[tuple[list[Line], list[tuple[str, str]], bool]] = [
        ([good, replace(stranger, incoming=False)], [("missing_here", "noted")], False),
        ([], [("missing_there", CASE)], False),
        ([replace(good, amount=good.amount + money("0.01"))], [("amount", CASE)], False),
        ([replace(good, fee=money("0.01"))], [("fee", CASE)], False),
        ([replace(good, at=good.at - timedelta(days=1))], [("late", "closed")], False),
        ([good, second], [("duplicate", CASE)], False),
        ([good, undone], [("reversed_there", CASE)], False),
        ([good, replace(stranger, incoming=True, entry=Entry.COLLECTION)], [("unknown_money_in", "noted")], False),
        ([replace(good, party=msisdn("0960000099"))], [("contradiction", CASE)], False),
        ([replace(good, result=Result.FAILED)], [("contradiction", CASE)], False),
        ([replace(good, operator_id=f"H{token}")], [HEALED], True),
        (
            [good, replace(good, operator_id=f"E{token}")],
            [("late", CASE), ("duplicate", CASE)],
            False,
        ),
    ]
    return table[fault]
