"""The audit over everything stored."""

from dataclasses import replace

from factories import World, money
from flash.domain.transfer import Change
from flash.usecases.audit import PAGE


def test_an_empty_database_is_sound():
    assert World().audit() == []


def test_payments_in_every_stage_are_sound():
    world = World()
    for number in ("0970000002", "0970000071", "0970000076", "0970000081"):
        world.send(payee=number)
    world.pass_by(60)
    world.send("1.00")
    assert world.audit() == []


def test_a_damaged_payment_is_told_by_its_number():
    world = World()
    transfer = world.send()
    with world.database.unit_of_work() as store:
        store.transfers.apply(Change(transfer=replace(store.transfers.get(transfer.id), due_at=None)))
    assert world.audit() == [f"{transfer.number}: it is recorded and will never be looked at again"]


def test_a_reservation_that_no_payment_holds_is_told():
    world = World()
    transfer = world.send()
    with world.database.unit_of_work() as store:
        store.day_limits.reserve(transfer.payer_id, transfer.limit_day, money("0.01"), money("5000.00"))
    (line,) = world.audit()
    assert line == (f"account {transfer.payer_id}: 2501 reserved on 2026-11-23 where its transfers hold 2500")


def test_a_limit_given_back_twice_is_told():
    world = World()
    transfer = world.send()
    with world.database.unit_of_work() as store:
        store.day_limits.give_back(transfer.payer_id, transfer.limit_day, transfer.amount)
    assert world.audit() == [f"account {transfer.payer_id}: 0 reserved on 2026-11-23 where its transfers hold 2500"]


def test_no_page_is_left_out():
    world = World()
    sent = [world.send("1.00", description=str(number)) for number in range(PAGE + 1)]
    with world.database.unit_of_work() as store:
        for transfer in sent:
            store.transfers.apply(Change(transfer=replace(transfer, due_at=None)))
    assert len(world.audit()) == PAGE + 1
