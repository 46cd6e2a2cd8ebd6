"""Two at once about one request for money: exactly one of them, on each real database."""

from datetime import timedelta

import pytest

from asking import (
    a_request,
    approve,
    block,
    decline,
    expire,
    listed,
    person,
    stored,
    withdraw,
)
from factories import PAYEE, PAYER, World, at_once
from flash.adapters.memory import MemoryClock
from flash.domain.errors import Refusal, RequestClosed
from flash.domain.history import Span
from flash.domain.request import PaymentRequest, RequestState

POOR = "0960000061"
"""Sandbox: this payer's wallet has not enough money."""


def test_eight_approvals_at_once_make_one_transfer(sql_world: World) -> None:
    world = sql_world
    request = a_request(world)
    person(world, PAYER)
    results = at_once(8, lambda _: approve(world, request))
    assert len({one.transfer.id for one in results}) == 1  # type: ignore[union-attr]
    assert sum(not one.replayed for one in results) == 1  # type: ignore[union-attr]
    account = person(world, PAYER)
    with world.database.unit_of_work() as store:
        assert len(store.history.page(account, Span(), limit=10)) == 1
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
        assert len(store.history.page(account, Span(), limit=10)) == 3


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


def test_a_block_at_the_moment_of_a_request_hides_it(sql_world: World) -> None:
    world = sql_world
    for number in (PAYER, PAYEE):
        person(world, number)
    results = at_once(4, lambda number: a_request(world, f"{10 + number}.00") if number else block(world))
    assert not [one for one in results if isinstance(one, Refusal)]
    assert listed(world, PAYER) == []
    assert len(listed(world, PAYEE)) == 3
