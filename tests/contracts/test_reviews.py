"""What the store promises about cases and decisions, over every store there is; and two people at once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from desk import BWALYA, NO_REFUND, NO_WALLET, THANDI, approve, held, member, open_cases, propose, reject, stored
from factories import World, at_once, settled
from flash.adapters.sql.reviews import _values
from flash.adapters.sql.tables import decisions
from flash.domain.account import Staff
from flash.domain.errors import Conflict, NotAllowed, NotFound, Refusal
from flash.domain.outcome import Source
from flash.domain.progress import Patience, answered
from flash.domain.review import Decision, Standing, Verdict
from flash.domain.transfer import State


def a_proposal(world: World, verdict: Verdict = Verdict.SETTLED) -> tuple[Decision, Any]:
    """What Thandi proposes about a held transfer, and the transfer."""
    transfer = held(world)
    (filed,) = open_cases(world)
    return propose(world, filed, member(world), verdict), transfer


def evidence_of_staff(world: World, transfer: Any) -> list[str]:
    return [meaning for _, kept, meaning in world.file(transfer).evidence if kept.source is Source.STAFF]


# --- What goes in comes out


def test_a_member_of_staff_comes_out_as_they_went_in(world: World) -> None:
    thandi = member(world)
    with world.database.unit_of_work() as store:
        assert store.accounts.staff_by_email(THANDI) == thandi
        assert store.accounts.staff_member(thandi.id) == thandi
        assert store.accounts.staff_by_email(BWALYA) is None


def test_a_decision_comes_out_as_it_went_in_and_as_it_was_decided(world: World) -> None:
    decision, _ = a_proposal(world)
    assert stored(world, decision) == decision
    bwalya = member(world, BWALYA)
    world.pass_by(5)
    reject(world, decision, bwalya)
    after = replace(decision, standing=Standing.REJECTED, decided_by=bwalya.id, decided_at=world.clock.now())
    assert stored(world, decision) == after


def test_the_desk_shows_open_cases_page_by_page_and_what_waits_for_approval(world: World) -> None:
    transfers = []
    for amount in (10, 20, 30):
        transfers.append(held(world, amount=f"{amount}.00"))
        world.clock.pass_by(Patience().prompt_life)  # Their phone may show the one before for so long.
    first, second, third = open_cases(world)
    decision = propose(world, second, member(world), Verdict.DECLINED)
    with world.database.unit_of_work() as store:
        page = store.reviews.desk(after=0, limit=2)
        rest = store.reviews.desk(after=page[-1].filed.id, limit=2)
    rows = [*page, *rest]
    assert [row.filed for row in rows] == [first, second, third]
    assert [(row.number, row.state) for row in rows] == [(one.number, State.IN_REVIEW) for one in transfers]
    assert [row.proposal_id for row in rows] == [None, decision.id, None]
    assert first.id < second.id < third.id


def test_a_decided_case_is_closed_and_leaves_the_desk(world: World) -> None:
    decision, _ = a_proposal(world)
    approve(world, decision, member(world, BWALYA))
    assert open_cases(world) == []
    with world.database.unit_of_work() as store:
        assert store.reviews.case(decision.case_id).closed_at == world.clock.now()
        assert not store.reviews.close(decision.case_id, world.clock.now())


def test_what_there_is_not_is_not_found(world: World) -> None:
    with world.database.unit_of_work() as store:
        with pytest.raises(NotFound):
            store.reviews.case(1)
        with pytest.raises(NotFound):
            store.reviews.decision(world.chance.new_id())
        assert store.reviews.decisions(1) == []


# --- One open proposal


def test_a_case_has_one_open_proposal_and_another_one_after_it_was_rejected(world: World) -> None:
    decision, _ = a_proposal(world)
    (filed,) = open_cases(world)
    bwalya = member(world, BWALYA)
    with pytest.raises(Conflict, match="Another proposal about this case is open"):
        propose(world, filed, bwalya, Verdict.DECLINED)
    reject(world, decision, bwalya)
    better = propose(world, filed, bwalya, Verdict.DECLINED)
    with world.database.unit_of_work() as store:
        standing = {one.id: one.standing for one in store.reviews.decisions(filed.id)}
    assert standing == {decision.id: Standing.REJECTED, better.id: Standing.PROPOSED}


def test_of_many_proposals_at_once_one_is_stored(sql_world: World) -> None:
    held(sql_world)
    (filed,) = open_cases(sql_world)
    people = [member(sql_world, f"person{number}@flash.example") for number in range(6)]
    results = at_once(6, lambda number: propose(sql_world, filed, people[number], Verdict.SETTLED))
    assert sum(isinstance(one, Decision) for one in results) == 1
    with sql_world.database.unit_of_work() as store:
        assert len(store.reviews.decisions(filed.id)) == 1


# --- Two people


def test_who_proposed_cannot_approve_and_nothing_is_stored(world: World) -> None:
    decision, transfer = a_proposal(world)
    with world.database.unit_of_work() as store:
        thandi = store.accounts.staff_member(decision.proposed_by)
    with pytest.raises(NotAllowed):
        approve(world, decision, thandi)
    assert (stored(world, decision), world.get(transfer)) == (decision, transfer)


def test_the_store_itself_refuses_an_approval_by_who_proposed(world: World) -> None:
    decision, _ = a_proposal(world)
    now = world.clock.now()
    with world.database.unit_of_work() as store:
        assert not store.reviews.decide(decision.id, Standing.APPROVED, decision.proposed_by, now)
    assert stored(world, decision) == decision


def test_what_is_decided_is_not_decided_again_by_the_store(world: World) -> None:
    decision, _ = a_proposal(world)
    bwalya, now = member(world, BWALYA), world.clock.now()
    rejected = reject(world, decision, bwalya)
    with world.database.unit_of_work() as store:
        for standing in (Standing.APPROVED, Standing.REJECTED):
            assert not store.reviews.decide(decision.id, standing, bwalya.id, now)
    assert stored(world, decision) == rejected


def test_no_row_can_say_that_one_person_did_both(sql_world: World) -> None:
    decision, _ = a_proposal(sql_world)
    alone = replace(
        decision,
        id=sql_world.chance.new_id(),
        standing=Standing.APPROVED,
        decided_by=decision.proposed_by,
        decided_at=sql_world.clock.now(),
    )
    with sql_world.database.engine.connect() as connection, pytest.raises(IntegrityError, match="two_people"):
        connection.execute(insert(decisions).values(_values(alone)))


def test_of_many_approvals_at_once_one_is_applied(sql_world: World) -> None:
    decision, transfer = a_proposal(sql_world)
    people = [member(sql_world, f"person{number}@flash.example") for number in range(6)]
    results = at_once(6, lambda number: approve(sql_world, decision, people[number]))
    assert sum(not isinstance(one, Refusal) for one in results) == 1
    assert {type(one) for one in results if isinstance(one, Refusal)} == {Conflict}
    assert evidence_of_staff(sql_world, transfer) == ["settled"]
    assert sql_world.get(transfer).version == transfer.version + 1
    sql_world.pass_by(60)
    assert sql_world.get(transfer).state is State.COMPLETED
    assert sql_world.audit() == []


def test_who_proposed_cannot_slip_in_between_the_approvals_of_others(sql_world: World) -> None:
    decision, _ = a_proposal(sql_world)
    with sql_world.database.unit_of_work() as store:
        thandi = store.accounts.staff_member(decision.proposed_by)
    people = [thandi, member(sql_world, BWALYA), thandi, thandi]
    results = at_once(4, lambda number: approve(sql_world, decision, people[number]))
    assert [isinstance(one, Refusal) for one in results] == [True, False, True, True]
    assert stored(sql_world, decision).decided_by == people[1].id


def test_an_approval_and_a_rejection_at_once_leave_one_of_them(sql_world: World) -> None:
    decision, transfer = a_proposal(sql_world)
    bwalya, chanda = member(sql_world, BWALYA), member(sql_world, "chanda@flash.example")
    calls = [
        lambda: approve(sql_world, decision, bwalya) and Standing.APPROVED,
        lambda: reject(sql_world, decision, chanda).standing,
    ]
    results = at_once(2, lambda number: calls[number]())
    (winner,) = [one for one in results if not isinstance(one, Refusal)]
    assert stored(sql_world, decision).standing is winner
    assert evidence_of_staff(sql_world, transfer) == (["settled"] if winner is Standing.APPROVED else [])


def test_an_approval_that_waited_for_a_rejection_is_refused(sql_world: World) -> None:
    world = sql_world
    decision, transfer = a_proposal(world)
    chanda = member(world, "chanda@flash.example")
    bwalya = member(world, BWALYA)

    def reject_it(store: Any) -> None:
        assert store.reviews.decide(decision.id, Standing.REJECTED, chanda.id, world.clock.now())

    assert [type(one) for one in refused_beside(world, decision, bwalya, reject_it)] == [Conflict]
    assert stored(world, decision).decided_by == chanda.id
    assert world.get(transfer) == transfer


def refused_beside(world: World, decision: Decision, by: Staff, others: Callable[[Any], None]) -> list[Refusal]:
    """What an approval meets that begins while somebody else's unit of work is about to end."""
    refusals = []

    def try_to_approve() -> None:
        try:
            approve(world, decision, by)
        except Refusal as refusal:
            refusals.append(refusal)

    approver = threading.Thread(target=try_to_approve)
    with world.database.unit_of_work() as store:
        others(store)
        approver.start()
        approver.join(0.5)  # It reads everything as it was, and waits for this unit of work.
    approver.join()
    return refusals


# --- Against others who change the transfer


def test_a_transfer_that_changes_at_the_same_moment_is_not_decided_and_nothing_is_stored(sql_world: World) -> None:
    world = sql_world
    decision, transfer = a_proposal(world, Verdict.DECLINED)
    bwalya, now = member(world, BWALYA), world.clock.now()
    by_statement = settled(world.clock, Source.STATEMENT)

    def settle(store: Any) -> None:
        store.transfers.apply(answered(transfer, transfer.legs[0].reference, by_statement, now, Patience()))

    assert [type(one) for one in refused_beside(world, decision, bwalya, settle)] == [Conflict]
    assert stored(world, decision) == decision
    assert [filed.id for filed in open_cases(world)] == [decision.case_id]
    assert world.get(transfer).state is State.COLLECTED
    assert evidence_of_staff(world, transfer) == []


@pytest.mark.parametrize("verdict", [Verdict.SETTLED, Verdict.DECLINED])
def test_a_decision_is_stored_whole_and_the_transfer_goes_on(world: World, verdict: Verdict) -> None:
    decision, transfer = a_proposal(world, verdict)
    world.jobs.woken.clear()
    after = approve(world, decision, member(world, BWALYA))
    assert world.get(transfer) == after
    assert world.jobs.woken == ([transfer.id] if verdict is Verdict.SETTLED else [])
    world.pass_by(60)
    ends = {Verdict.SETTLED: State.COMPLETED, Verdict.DECLINED: State.FAILED}
    assert world.get(transfer).state is ends[verdict]
    assert world.audit() == []


def test_a_refund_goes_out_again_under_a_new_reference_and_a_new_case_waits_if_it_fails_again(world: World) -> None:
    transfer = held(world, NO_REFUND, payee=NO_WALLET)
    thandi, bwalya = member(world), member(world, BWALYA)
    (filed,) = open_cases(world)
    approve(world, propose(world, filed, thandi, Verdict.REFUND_AGAIN), bwalya)
    world.pass_by(60)
    again = world.get(transfer)
    assert (again.state, len(again.legs)) == (State.IN_REVIEW, len(transfer.legs) + 1)
    (filed,) = open_cases(world)
    approve(world, propose(world, filed, bwalya, Verdict.SETTLED), thandi)
    assert (world.get(transfer).state, world.audit()) == (State.RETURNED, [])
