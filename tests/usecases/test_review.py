"""Who decides, and that every payment that ends in review can be brought to an end by two people."""

import logging

import pytest

from desk import (
    BWALYA,
    NO_REFUND,
    NO_WALLET,
    THANDI,
    WRONG_AMOUNT,
    WRONG_PAYOUT,
    approve,
    held,
    member,
    open_cases,
    propose,
    reject,
    stored,
)
from factories import PASSWORDS, PAYEE, PAYER, World, declined, settled
from flash.domain.account import ROLES
from flash.domain.errors import Conflict, NotAllowed, NotSignedIn, StaleWrite
from flash.domain.leg import Kind
from flash.domain.progress import Patience, answered
from flash.domain.review import Standing, Verdict
from flash.domain.transfer import State
from flash.usecases.review import approve as approve_it
from flash.usecases.review import who_decides


@pytest.fixture
def world():
    return World()


def contradicted(world, transfer, kind, outcome):
    """The operator says otherwise of a leg that had ended."""
    with world.database.unit_of_work() as store:
        now = store.transfers.get(transfer.id)
        change = answered(now, now.latest(kind).reference, outcome, world.clock.now(), Patience())
        return store.transfers.apply(change)


# --- Who is asking


@pytest.mark.parametrize("typed", [THANDI, " Thandi@FLASH.example "])
def test_staff_are_known_by_their_password_under_every_spelling_of_their_address(world, typed):
    thandi = member(world)
    known = who_decides(typed, "a long password", unit_of_work=world.database.unit_of_work, passwords=PASSWORDS)
    assert known == thandi


@pytest.mark.parametrize(
    ("email", "password"),
    [(THANDI, "another password"), (THANDI, ""), (BWALYA, "a long password"), ("", "a long password")],
)
def test_a_wrong_address_and_a_wrong_password_are_refused_alike(world, email, password):
    member(world)
    with pytest.raises(NotSignedIn) as refusal:
        who_decides(email, password, unit_of_work=world.database.unit_of_work, passwords=PASSWORDS)
    assert refusal.value.text == "The email address or the password is wrong."


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("finance", "admin")])
def test_who_may_not_decide_can_neither_propose_nor_approve_nor_reject(world, role):
    held(world)
    (filed,) = open_cases(world)
    other = member(world, "other@flash.example", role=role)
    decision = propose(world, filed, member(world), Verdict.SETTLED)
    for attempt in (
        lambda: propose(world, filed, other, Verdict.SETTLED),
        lambda: approve(world, decision, other),
        lambda: reject(world, decision, other),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert stored(world, decision).standing is Standing.PROPOSED


def test_a_second_account_that_leads_to_the_same_mailbox_is_no_second_person(world):
    held(world)
    (filed,) = open_cases(world)
    decision = propose(world, filed, member(world), Verdict.SETTLED)
    with pytest.raises(NotAllowed, match="another person"):
        approve(world, decision, member(world, "Thandi+approver@flash.example"))


# --- A decision holds, once


def test_a_proposal_is_approved_once(world):
    held(world)
    (filed,) = open_cases(world)
    decision = propose(world, filed, member(world), Verdict.SETTLED)
    bwalya = member(world, BWALYA)
    approve(world, decision, bwalya)
    with pytest.raises(Conflict, match="approved already"):
        approve(world, decision, bwalya)
    with pytest.raises(Conflict, match="decided already"):
        reject(world, decision, bwalya)
    with pytest.raises(Conflict, match="closed already"):
        propose(world, filed, bwalya, Verdict.NOTED)


def test_a_proposal_alone_changes_nothing(world):
    transfer = held(world)
    (filed,) = open_cases(world)
    propose(world, filed, member(world), Verdict.DECLINED)
    world.pass_by(86_400, every=3600)
    assert world.get(transfer) == transfer


def test_what_lost_a_race_is_told_and_forgotten(world):
    transfer = held(world)
    (filed,) = open_cases(world)
    decision = propose(world, filed, member(world), Verdict.DECLINED)
    bwalya = member(world, BWALYA)

    def approve_too_late(break_in):
        with world.database.unit_of_work() as store:
            break_in(store)
            approve_it(decision.id, bwalya, store=store, clock=world.clock, patience=Patience())

    def changed(store):
        def stale(_change):
            raise StaleWrite

        store.transfers.apply = stale

    def decided(store):
        store.reviews.decide = lambda *_: False

    def closed(store):
        store.reviews.close = lambda *_: False

    for break_in, text in (
        (changed, "The transfer changed"),
        (decided, "Somebody else decided"),
        (closed, "The transfer changed"),
    ):
        with pytest.raises(Conflict, match=text):
            approve_too_late(break_in)
        assert (stored(world, decision), world.get(transfer), open_cases(world)) == (decision, transfer, [filed])


def test_a_refund_that_staff_declined_opens_the_next_case_and_the_log_says_so(world, caplog):
    transfer = under_way(world, State.RETURNING, payee=NO_WALLET)
    contradicted(world, transfer, Kind.DISBURSEMENT, settled(world.clock))
    (filed,) = open_cases(world)
    with caplog.at_level(logging.WARNING):
        approve(world, propose(world, filed, member(world), Verdict.DECLINED), member(world, BWALYA))
    assert [filed.case.cause for filed in open_cases(world)] == ["contradiction", "refund_declined"]
    assert f"a case was opened on {transfer.number}: refund_declined" in caplog.text


# --- Nothing stays in review for ever


def in_doubt(world, kind):
    """A transfer whose leg of this kind is contradicted while it is open, or whose refund was declined."""
    payer, payee = {
        Kind.COLLECTION: (WRONG_AMOUNT, PAYEE),
        Kind.DISBURSEMENT: (PAYER, WRONG_PAYOUT),
        Kind.REFUND: (NO_REFUND, NO_WALLET),
    }[kind]
    return held(world, payer, payee=payee)


@pytest.mark.parametrize(
    ("kind", "verdict", "end"),
    [
        (Kind.COLLECTION, Verdict.SETTLED, State.COMPLETED),
        (Kind.COLLECTION, Verdict.DECLINED, State.FAILED),
        (Kind.DISBURSEMENT, Verdict.SETTLED, State.COMPLETED),
        (Kind.DISBURSEMENT, Verdict.DECLINED, State.RETURNED),
        (Kind.REFUND, Verdict.SETTLED, State.RETURNED),
    ],
)
def test_a_decision_brings_the_payment_to_its_end_and_the_audit_is_clean(world, kind, verdict, end):
    transfer = in_doubt(world, kind)
    (filed,) = open_cases(world)
    approve(world, propose(world, filed, member(world), verdict), member(world, BWALYA))
    world.pass_by(60)
    assert (world.get(transfer).state, open_cases(world), world.audit()) == (end, [], [])


@pytest.mark.parametrize(("verdict", "end"), [(Verdict.SETTLED, State.COMPLETED), (Verdict.DECLINED, State.RETURNED)])
def test_a_payout_that_was_declined_and_then_reported_paid_comes_to_an_end(world, verdict, end):
    transfer = under_way(world, State.RETURNING, payee=NO_WALLET)
    contradicted(world, transfer, Kind.DISBURSEMENT, settled(world.clock))
    thandi, bwalya = member(world), member(world, BWALYA)
    (payout,) = open_cases(world)
    approve(world, propose(world, payout, thandi, Verdict.DECLINED), bwalya)  # The refund under way.
    payout, refund = open_cases(world)
    approve(world, propose(world, payout, thandi, verdict), bwalya)
    then = Verdict.NOTED if verdict is Verdict.SETTLED else Verdict.REFUND_AGAIN
    approve(world, propose(world, refund, bwalya, then), thandi)
    world.pass_by(60)
    assert (world.get(transfer).state, open_cases(world), world.audit()) == (end, [], [])


@pytest.mark.parametrize(("verdict", "end"), [(Verdict.SETTLED, State.RETURNED), (Verdict.DECLINED, State.FAILED)])
def test_a_collection_that_was_settled_and_then_reported_declined_comes_to_an_end(world, verdict, end):
    transfer = under_way(world, State.PAYING_OUT)
    contradicted(world, transfer, Kind.COLLECTION, declined(world.clock))
    thandi, bwalya = member(world), member(world, BWALYA)
    for decided in (Verdict.DECLINED, verdict):  # First the payout under way.
        (filed,) = open_cases(world)
        approve(world, propose(world, filed, thandi, decided), bwalya)
    world.pass_by(60)
    assert (world.get(transfer).state, open_cases(world), world.audit()) == (end, [], [])


def under_way(world, state, **more):
    """A transfer on its way, as soon as it is in this state."""
    transfer = world.send(**more)
    for _ in range(60):
        if world.get(transfer).state is state:
            return transfer
        world.pass_by(1)
    raise AssertionError(f"it never was {state}")
