"""What the store promises about requests for money and blocks, over every store there is; and two people at once."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from asking import (
    a_request,
    approve,
    asked,
    block,
    block_who_asks,
    decline,
    expire,
    listed,
    person,
    seen,
    stored,
    withdraw,
)
from factories import PAYEE, PAYER, World, at_once, money, terms
from flash.adapters.memory import MemoryClock
from flash.domain.errors import Conflict, NotFound, Refusal, RequestClosed, StaleWrite
from flash.domain.progress import cancelled
from flash.domain.request import PaymentRequest, RequestState, declined
from flash.domain.transfer import State
from flash.usecases.block_requester import unblock

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


# --- Expiry


def test_requests_expire_in_batches_the_longest_over_first(world: World) -> None:
    late = a_request(world, "10.00", hours=2)
    early = a_request(world, "11.00", hours=1)
    alive = a_request(world, "12.00", hours=3)
    world.clock.pass_by(timedelta(hours=2))
    assert (expire(world, batch=1), stored(world, early).state, stored(world, late).state) == (1, "expired", "pending")
    assert (expire(world), expire(world)) == (1, 0)
    assert (stored(world, late).state, stored(world, alive).state) == ("expired", "pending")


# --- Two at once


def test_eight_approvals_at_once_make_one_transfer(sql_world: World) -> None:
    world = sql_world
    request = a_request(world)
    person(world, PAYER)
    results = at_once(8, lambda _: approve(world, request))
    assert len({one.transfer.id for one in results}) == 1  # type: ignore[union-attr]
    assert sum(not one.replayed for one in results) == 1  # type: ignore[union-attr]
    account = person(world, PAYER)
    with world.database.unit_of_work() as store:
        assert len(store.transfers.history(account, limit=10)) == 1
    assert world.audit() == []


@pytest.mark.parametrize(
    ("against", "state"),
    [(decline, RequestState.DECLINED), (withdraw, RequestState.CANCELLED)],
    ids=["decline", "cancel"],
)
def test_approving_against_another_answer_gives_exactly_one(sql_world: World, against, state) -> None:  # type: ignore[no-untyped-def]
    world = sql_world
    requests = [a_request(world, f"{10 + number}.00") for number in range(4)]
    person(world, PAYER)
    for request in requests:
        results = at_once(2, lambda number, one=request: (approve, against)[number](world, one))  # type: ignore[misc]
        assert sum(isinstance(one, RequestClosed) for one in results) == 1
        after = stored(world, request)
        assert after.state is (state if isinstance(results[0], Refusal) else RequestState.APPROVED)
        assert (after.transfer_id is None) is isinstance(results[0], Refusal)


def test_approving_at_the_moment_of_expiry_gives_exactly_one(sql_world: World) -> None:
    world = sql_world
    requests = [a_request(world, f"{10 + number}.00", hours=1) for number in range(4)]
    person(world, PAYER)
    just_before = MemoryClock(requests[0].expires_at - timedelta(microseconds=1))
    world.clock.pass_by(timedelta(hours=1))
    for request in requests:
        answers = [lambda one=request: approve(world, one, clock=just_before), lambda: expire(world)]  # type: ignore[misc]
        results = at_once(2, lambda number, both=answers: both[number]())  # type: ignore[misc]
        refused = isinstance(results[0], RequestClosed)
        assert stored(world, request).state is (RequestState.EXPIRED if refused else RequestState.APPROVED)
        assert expire(world) == 0


def test_a_payment_by_scan_and_an_approval_at_once_pay_once(sql_world: World) -> None:
    world = sql_world
    requests = [a_request(world, f"{10 + number}.00") for number in range(3)]
    person(world, PAYER)
    for request in requests:

        def scan(one: PaymentRequest = request) -> object:
            return world.accept(str(one.amount), description=one.note)

        results = at_once(2, lambda number, one=request, other=scan: other() if number else approve(world, one))  # type: ignore[misc]
        # An approval that comes second is told the scan's transfer; a scan that comes second is refused.
        ids = {one.transfer.id for one in results if not isinstance(one, Refusal)}  # type: ignore[union-attr]
        assert ids == {stored(world, request).transfer_id}
    account = person(world, PAYER)
    with world.database.unit_of_work() as store:
        assert len(store.transfers.history(account, limit=10)) == 3


def test_the_end_of_a_payment_and_new_approvals_at_once_never_wait_for_each_other_in_a_circle(sql_world: World) -> None:
    world = sql_world
    requests = [a_request(world, f"{10 + number}.00") for number in range(3)]
    first = [approve(world, request).transfer for request in requests]
    for request, transfer in zip(requests, first, strict=True):
        calls = [lambda one=transfer: world.cancel(one)] + [lambda one=request: approve(world, one).transfer] * 3  # type: ignore[misc]
        results = at_once(4, lambda number, calls=calls: calls[number]())  # type: ignore[misc]
        # Each approval is told the first transfer, or the one that one of them made after its end.
        after = stored(world, request)
        assert {one.id for one in results} <= {transfer.id, after.transfer_id}  # type: ignore[union-attr]
        assert after.state is (RequestState.APPROVED if after.transfer_id else RequestState.PENDING)
        assert after.transfer_id != transfer.id
    assert world.audit() == []


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


# --- Blocks


def test_a_blocked_numbers_requests_are_hidden_from_whoever_blocked_it_and_from_nobody_else(world: World) -> None:
    before = a_request(world, "10.00")
    elsewhere = a_request(world, "10.00", of="0960000003")
    block(world)
    after = a_request(world, "11.00")
    for request in (before, after):
        assert seen(world, request, by=PAYER) is None
        with pytest.raises(NotFound):
            approve(world, request)
        with pytest.raises(NotFound):
            decline(world, request)
        assert stored(world, request).state is RequestState.PENDING
    assert listed(world, PAYER) == []
    assert len(listed(world, PAYEE)) == 3
    assert seen(world, elsewhere, by="0960000003") is not None
    # One message each for what was asked before, and none since.
    assert len(world.texts(PAYER)) == 1


def test_a_block_that_ends_shows_what_is_still_pending(world: World) -> None:
    request = a_request(world)
    made = block(world)
    me, stranger = person(world, PAYER), person(world, "0960000003")

    def end(by: object) -> None:
        with world.database.unit_of_work() as store:
            unblock(made.id, by, store=store)  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        end(stranger)
    end(me)
    assert listed(world, PAYER) == [request]
    with pytest.raises(NotFound):
        end(me)


def test_a_block_tells_a_name_only_when_it_was_made_known_by_a_request(world: World) -> None:
    person(world, PAYEE)
    person(world, "0960000003")
    unknown = block(world, "0960000003")
    world.clock.pass_by(timedelta(seconds=1))
    request = a_request(world)
    known = block_who_asks(world, request)
    assert (unknown.name, known.name, known.msisdn) == ("", "Chanda Phiri", request.requester)
    assert block(world).id == known.id
    me = person(world, PAYER)
    with world.database.unit_of_work() as store:
        assert list(store.blocks.page(me.id, limit=10)) == [known, unknown]
        assert list(store.blocks.page(me.id, limit=10, before=known.id)) == [unknown]


def test_a_request_whose_payment_fails_after_a_block_comes_back_hidden(world: World) -> None:
    request = a_request(world)
    transfer = approve(world, request).transfer
    block(world)
    assert seen(world, request, by=PAYER) is not None
    world.cancel(transfer)
    assert seen(world, request, by=PAYER) is None
    assert stored(world, request).state is RequestState.PENDING


def test_a_block_at_the_moment_of_a_request_hides_it(sql_world: World) -> None:
    world = sql_world
    for number in (PAYER, PAYEE):
        person(world, number)
    results = at_once(4, lambda number: a_request(world, f"{10 + number}.00") if number else block(world))
    assert not [one for one in results if isinstance(one, Refusal)]
    assert listed(world, PAYER) == []
    assert len(listed(world, PAYEE)) == 3


def test_a_scan_of_a_hidden_request_is_an_ordinary_payment(world: World) -> None:
    request = a_request(world)
    block(world)
    assert world.send(description=request.note).request_id is None
    assert money("25.00") == request.amount


def test_who_leaves_asks_nothing_more_and_whoever_has_the_number_next_sees_nothing_of_it(world: World) -> None:
    mine, theirs, paid = a_request(world, "10.00", by=PAYER, of=PAYEE), a_request(world), a_request(world, "11.00")
    approve(world, paid)
    world.pass_by(60)
    block(world, "0960000003")
    account = person(world, PAYER)
    with world.database.unit_of_work() as store:
        store.requests.leave(account, world.clock.now())
        store.blocks.remove_all(account.id)
        assert list(store.blocks.page(account.id, limit=10)) == []
    assert [one.id for one in listed(world, PAYER)] == [mine.id]
    row = seen(world, mine)
    assert row is not None
    assert row.request.state is RequestState.CANCELLED
    assert stored(world, theirs).state is RequestState.PENDING
    assert stored(world, paid).state is RequestState.APPROVED
