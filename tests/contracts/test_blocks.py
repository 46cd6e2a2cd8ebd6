"""Who is blocked asks in vain, and notices nothing; and what becomes of requests when a person leaves."""

from datetime import timedelta

import pytest

from asking import (
    a_request,
    approve,
    block,
    block_who_asks,
    decline,
    listed,
    person,
    seen,
    stored,
)
from factories import PAYEE, PAYER, World, money
from flash.domain.errors import NotFound
from flash.domain.request import RequestState
from flash.usecases.block_requester import unblock

POOR = "0960000061"
"""Sandbox: this payer's wallet has not enough money."""


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
    assert stored(world, theirs).state is RequestState.EXPIRED
    assert stored(world, paid).state is RequestState.APPROVED
