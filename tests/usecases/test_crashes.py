"""The process dies at every point there is; then time passes, and everything ends right."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from factories import PAYEE, PAYER, Crash, RecordingOperator, World
from flash.domain.leg import Kind
from flash.usecases.sweep import sweep

STORIES = {
    "completed": (PAYER, PAYEE, [Kind.COLLECTION, Kind.DISBURSEMENT]),
    "failed": ("0960000061", PAYEE, [Kind.COLLECTION]),
    "returned": (PAYER, "0970000072", [Kind.COLLECTION, Kind.DISBURSEMENT, Kind.REFUND]),
}
LONG_ENOUGH_S = 600


class DyingDatabase:
    """Units of work after whose k-th commit the process dies."""

    def __init__(self, database, dies_after=0):
        self.database = database
        self.dies_after = dies_after
        self.commits = 0

    @contextmanager
    def unit_of_work(self):
        with self.database.unit_of_work() as store:
            yield store
        self.commits += 1
        if self.commits == self.dies_after:
            raise Crash


def lived_through(end, *, dies_after=0, **operator):
    """Tell a story with a process that may die once and is started again; return all that took part."""
    payer, payee, _ = STORIES[end]
    world = World()
    recorder = RecordingOperator(world.sandbox, **operator)
    world.operate(recorder)
    database = DyingDatabase(world.database, dies_after)
    world.engine = replace(world.engine, unit_of_work=database.unit_of_work)
    transfer = world.send(payer=payer, payee=payee)
    for _ in range(LONG_ENOUGH_S):
        with suppress(Crash):
            sweep(world.engine)
        if world.get(transfer).final:
            break
        world.clock.pass_by(timedelta(seconds=1))
    return world, transfer, recorder, database


def assert_ended_right(end, world, transfer, recorder):
    assert world.path(transfer)[-1] == end
    assert recorder.orders == STORIES[end][2]
    assert world.audit() == []


@pytest.mark.parametrize("end", STORIES)
def test_nothing_dies(end):
    world, transfer, recorder, _ = lived_through(end)
    assert_ended_right(end, world, transfer, recorder)
    assert len(recorder.received) == len(recorder.orders)


@pytest.mark.parametrize("end", STORIES)
def test_after_a_death_behind_any_commit_the_payment_ends_the_same_and_each_order_has_one_reference(end):
    for k in count(1):
        world, transfer, recorder, database = lived_through(end, dies_after=k)
        assert_ended_right(end, world, transfer, recorder)
        if database.commits < k:
            break
    assert k > 8


@pytest.mark.parametrize("dies_of", [Crash(), RuntimeError("a bug")], ids=["the process dies", "the adapter breaks"])
@pytest.mark.parametrize("heard", [True, False], ids=["the order arrived", "the order was lost"])
@pytest.mark.parametrize("end", STORIES)
def test_after_a_death_in_any_call_the_payment_ends_the_same_and_each_order_has_one_reference(end, heard, dies_of):
    for k in count(1):
        world, transfer, recorder, _ = lived_through(end, dies_at=k, heard=heard, dies_of=dies_of)
        assert_ended_right(end, world, transfer, recorder)
        if recorder.calls < k:
            break
    assert k > 5


@pytest.mark.parametrize("end", STORIES)
def test_an_order_that_arrived_before_the_death_is_asked_about_and_not_sent_again(end):
    for k in count(1):
        _, _, recorder, _ = lived_through(end, dies_at=k, heard=True)
        assert len(recorder.received) == len(recorder.orders)
        if recorder.calls < k:
            break
