"""What the store promises about requests for money, over every store there is."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from asking import (
    a_request,
    approve,
    asked,
    decline,
    expire,
    listed,
    person,
    seen,
    stored,
)
from factories import PAYEE, PAYER, World, at_once, terms
from flash.domain.errors import Conflict, Refusal, RequestClosed, StaleWrite
from flash.domain.progress import cancelled
from flash.domain.request import PaymentRequest, RequestState, declined
from flash.domain.transfer import State

POOR = "0960000061"
"""Sandbox: this payer's wallet has not enough money."""


# --- What goes in comes out


def test_what_goes_in_comes_out(world: World) -> None:
    request = a_request(world, description="School fees – term 3", key="key-1")
    assert stored(world, request) == request
    after = declined(request, "no – sorry", world.clock.now())
    with world.database.unit_of_work() as store:
        store.requests.put(after, before=request)
    assert stored(world, request) == after
    assert len(fields(PaymentRequest)) == 16


def test_a_number_and_a_requesters_key_exist_once(world: World) -> None:
    request = a_request(world, key="key-1")
    for again in (
        replace(request, id=world.chance.new_id(), key="key-2"),
        replace(request, id=world.chance.new_id(), number="RQ-OTHER"),
    ):

        def add(again: PaymentRequest = again) -> None:
            with world.database.unit_of_work() as store:
                store.requests.add(again)

        with pytest.raises(Conflict):
            add()


def test_what_somebody_else_changed_first_is_not_written(world: World) -> None:
    request = a_request(world)
    decline(world, request)

    def write() -> None:
        with world.database.unit_of_work() as store:
            store.requests.put(declined(request, "late", world.clock.now()), before=request)

    with pytest.raises(StaleWrite):
        write()
    assert stored(world, request).decline_reason == ""


def test_each_of_the_two_finds_it_by_id_and_number_and_nobody_else(world: World) -> None:
    person(world, PAYER)
    request = a_request(world)
    for number, mine in ((PAYEE, True), (PAYER, False)):
        account = person(world, number)
        with world.database.unit_of_work() as store:
            for name in (str(request.id), request.number):
                row = store.requests.find(account, name)
                assert row is not None
                assert (row.request, row.mine) == (request, mine)
                assert (row.requester_name, row.payer_name) == ("Chanda Phiri", "Mutale Banda")
                assert store.requests.hold(account, name) == request
    stranger = person(world, "0960000003")
    with world.database.unit_of_work() as store:
        assert store.requests.find(stranger, str(request.id)) is None
        assert store.requests.hold(stranger, request.number) is None


def test_the_list_is_both_directions_the_newest_first_and_goes_on_page_by_page(world: World) -> None:
    made = []
    for number in range(6):
        people = {"by": PAYER, "of": PAYEE} if number % 2 else {}
        made.insert(0, a_request(world, f"{10 + number}.00", **people))
        world.clock.pass_by(timedelta(seconds=number % 3))  # Some at the same moment.
    a_request(world, by="0960000003", of="0960000004")
    found: list[PaymentRequest] = []
    while page := listed(world, PAYER, limit=2, before=found[-1].id if found else None):
        found += page
    assert sorted(found, key=lambda one: (one.created_at, one.id), reverse=True) == found
    assert {one.id for one in found} == {one.id for one in made}
    assert listed(world, PAYER, before=world.chance.new_id()) == []


# --- Asking twice


def test_an_equal_request_is_folded_for_a_minute_while_it_is_pending(world: World) -> None:
    first = asked(world)
    again = asked(world)
    assert (again.request, again.replayed) == (first.request, True)
    assert asked(world, of="0960000003").request.id != first.request.id
    world.clock.pass_by(timedelta(seconds=61))
    second = asked(world)
    assert second.request.id != first.request.id
    decline(world, second.request)
    assert asked(world).request.id != second.request.id


def test_a_double_tap_at_the_same_moment_is_one_request(sql_world: World) -> None:
    person(sql_world, PAYEE)
    results = at_once(8, lambda _: asked(sql_world))
    assert len({one.request.id for one in results}) == 1  # type: ignore[union-attr]
    assert sum(not one.replayed for one in results) == 1  # type: ignore[union-attr]


# --- Approving


def test_approving_makes_the_transfer_and_its_end_is_the_requests(world: World) -> None:
    request = a_request(world, description="Lunch")
    accepted = approve(world, request)
    transfer = accepted.transfer
    assert (transfer.payee, transfer.amount, transfer.description) == (request.requester, request.amount, "Lunch")
    assert world.get(transfer).request_id == request.id
    row = seen(world, request)
    assert row is not None
    assert (row.request.state, row.request.transfer_id) == (RequestState.APPROVED, transfer.id)
    assert (row.transfer_number, row.transfer_state) == (transfer.number, State.RECORDED)
    world.pass_by(60)
    row = seen(world, request)
    assert row is not None
    assert (row.request.state, row.transfer_state) == (RequestState.APPROVED, State.COMPLETED)
    again = approve(world, request)
    assert (again.transfer.id, again.replayed) == (transfer.id, True)
    assert world.audit() == []


def test_what_sending_refuses_leaves_the_request_as_it_was(world: World) -> None:
    request = a_request(world)
    world.terms = terms(day_limit="20.00")
    with pytest.raises(Refusal, match="left of your limit"):
        approve(world, request)
    assert stored(world, request) == request
    assert world.jobs.woken == []
    world.terms = terms()
    assert approve(world, request).replayed is False


def test_a_transfer_that_fails_puts_the_request_back_and_it_can_be_paid_again(world: World) -> None:
    request = a_request(world, of=POOR)
    first = approve(world, request, by=POOR).transfer
    world.pass_by(60)
    assert world.get(first).state is State.FAILED
    assert (stored(world, request).state, stored(world, request).transfer_id) == (RequestState.PENDING, None)
    second = approve(world, request, by=POOR).transfer
    assert second.id != first.id
    assert world.audit() == []


def test_a_transfer_that_is_cancelled_or_returned_puts_the_request_back(world: World) -> None:
    cancelled = a_request(world)
    world.cancel(approve(world, cancelled).transfer)
    assert stored(world, cancelled).state is RequestState.PENDING
    closed_wallet = "0970000071"  # Sandbox: it cannot be paid.
    returned = a_request(world, by=closed_wallet)
    transfer = approve(world, returned).transfer
    world.pass_by(120)
    assert world.get(transfer).state is State.RETURNED
    row = seen(world, returned, by=closed_wallet)
    assert row is not None
    assert row.request.state is RequestState.PENDING


def test_a_transfer_that_fails_after_the_end_expires_the_request(world: World) -> None:
    request = a_request(world, of=POOR, hours=1)
    world.clock.pass_by(timedelta(minutes=59, seconds=59))
    approve(world, request, by=POOR)
    world.clock.pass_by(timedelta(seconds=1))
    assert expire(world) == 0
    world.pass_by(60)
    assert stored(world, request).state is RequestState.EXPIRED


def test_the_end_of_an_older_transfer_does_not_touch_a_request_that_another_one_pays(world: World) -> None:
    request = a_request(world)
    older, newer = world.send("11.00"), approve(world, request).transfer
    change = cancelled(older, world.clock.now())
    with world.database.unit_of_work() as store:
        store.transfers.apply(replace(change, transfer=replace(change.transfer, request_id=request.id)))
    assert stored(world, request).transfer_id == newer.id


def test_the_audit_finds_a_request_and_a_transfer_that_do_not_agree(world: World) -> None:
    request = a_request(world)
    transfer = approve(world, request).transfer
    assert world.audit() == []
    approved = stored(world, request)
    for wrong in (
        replace(approved, transfer_id=world.chance.new_id()),
        replace(approved, state=RequestState.PENDING, transfer_id=None),
    ):
        before = stored(world, request)
        with world.database.unit_of_work() as store:
            store.requests.put(wrong, before=before)
        assert world.audit() == [f"{request.number}: it and the transfer that is to pay it do not agree"]
    assert world.get(transfer).request_id == request.id


# --- Expiry


def test_requests_expire_in_batches_the_longest_over_first(world: World) -> None:
    late = a_request(world, "10.00", hours=2)
    early = a_request(world, "11.00", hours=1)
    alive = a_request(world, "12.00", hours=3)
    world.clock.pass_by(timedelta(hours=2))
    assert (expire(world, batch=1), stored(world, early).state, stored(world, late).state) == (1, "expired", "pending")
    assert (expire(world), expire(world)) == (1, 0)
    assert (stored(world, late).state, stored(world, alive).state) == ("expired", "pending")


# --- Paying by scan


def test_the_payers_own_payment_by_scan_settles_the_request(world: World) -> None:
    request = a_request(world, description="Lunch")
    first = world.accept(description=request.note)
    assert first.transfer.request_id == request.id
    assert stored(world, request).transfer_id == first.transfer.id
    again = world.accept(description=request.note)
    assert (again.transfer.id, again.replayed) == (first.transfer.id, True)
    assert approve(world, request).transfer.id == first.transfer.id
    world.pass_by(60)
    with pytest.raises(RequestClosed, match="already been approved"):
        world.accept(description=request.note)


def test_anybody_elses_payment_with_that_text_or_another_amount_is_an_ordinary_one(world: World) -> None:
    request = a_request(world)
    for transfer in (
        world.send(payer="0960000003", description=request.note),
        world.send("24.99", description=request.note),
        world.send(payee="0970000003", description=request.note),
        world.send(description=f"{request.note}, thanks"),
    ):
        assert transfer.request_id is None
    assert stored(world, request) == request


def test_a_payment_by_scan_that_fails_can_be_tried_again_under_another_key(world: World) -> None:
    request = a_request(world, of=POOR)
    first = world.send(payer=POOR, description=request.note, key="key-1")
    world.pass_by(60)
    assert world.send(payer=POOR, description=request.note, key="key-1").id == first.id
    assert stored(world, request).state is RequestState.PENDING
    second = world.send(payer=POOR, description=request.note, key="key-2")
    assert stored(world, request).transfer_id == second.id


def test_an_ordinary_payment_and_an_approval_are_never_folded(world: World) -> None:
    sent = world.send(description="Lunch")
    request = a_request(world, description="Lunch")
    approved = approve(world, request)
    assert (approved.replayed, approved.transfer.id == sent.id) == (False, False)
