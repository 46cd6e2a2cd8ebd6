"""Lists of payments on every store: checked whole, made once each, in order, whatever dies or comes at once."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from factories import PAYER, Crash, World, at_once, money, msisdn
from flash.domain.batch import BadLines, Batch, LineState
from flash.domain.circuit import needed
from flash.domain.errors import BadInput, Conflict, DayLimitReached, IdempotencyConflict, NotAllowed, NotFound
from flash.domain.history import Span
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.usecases.batches import BatchRunner, List, accept_batch, check_list, stop_batch

KEY = "may wages"


def written(*amounts: str) -> list[dict[str, str]]:
    return [
        {"recipient_phone": f"09700001{place:02}", "amount": amount, "description": f"Wages {place}"}
        for place, amount in enumerate(amounts)
    ]


def runner(world: World, unit_of_work=None) -> BatchRunner:
    return BatchRunner(
        unit_of_work=unit_of_work or world.database.unit_of_work,
        clock=world.clock,
        chance=world.chance,
        terms=world.terms,
        circuits=world.circuits,
    )


def accept(world: World, lines, key: str = KEY, *, tier: int = 2) -> Batch:
    wish = List(payer=world.person(tier=tier), written=lines, key=key)
    checked = check_list(wish, terms=world.terms)
    with world.database.unit_of_work() as store:
        accepted = accept_batch(wish, checked, store=store, clock=world.clock, chance=world.chance, terms=world.terms)
    return accepted.batch


def progress(world: World, batch: Batch):
    with world.database.unit_of_work() as store:
        batch = store.batches.get(batch.account_id, batch.id)
        return store.batches.progress(batch).status(batch), store.batches.progress(batch)


def rows(world: World, batch: Batch):
    with world.database.unit_of_work() as store:
        return store.batches.lines(batch.id, after=0, limit=1000)


def live(world: World, seconds: int, run=None) -> None:
    """Let time pass, with a sweep and a look for batches every second."""
    run = run or runner(world).run
    for _ in range(seconds):
        run()
        world.pass_by(1)


# --- Accepting


def test_a_list_is_made_line_by_line_until_all_is_paid_out(world: World) -> None:
    batch = accept(world, written("10.00", "20.00", "30.00"))
    assert progress(world, batch)[0] == "running"
    live(world, 150)
    status, now = progress(world, batch)
    assert (status, now.paid_out) == ("done", money("60.00"))
    assert now.payments == {State.COMPLETED: 3}
    assert [row.line.key for row in rows(world, batch)] == [f"{KEY}/1", f"{KEY}/2", f"{KEY}/3"]
    assert runner(world).run() == 0
    assert world.audit() == []


def test_the_next_payment_is_made_when_the_phone_is_free_again(world: World) -> None:
    batch = accept(world, written("10.00", "20.00"))
    live(world, 20)
    states = [row.transfer_state for row in rows(world, batch)]
    assert states == [State.COLLECTING, None]
    live(world, 40)
    states = [row.transfer_state for row in rows(world, batch)]
    assert states == [State.COMPLETED, State.COLLECTING]


def test_a_list_with_a_line_that_cannot_be_sent_is_refused_whole(world: World) -> None:
    lines = [*written("10.00", "0.50"), {"recipient_phone": "0950000001", "amount": 5}]
    lines += [{"recipient_phone": PAYER, "amount": 5}, {"recipient_phone": "0970000002", "amount": "5"}]
    with pytest.raises(BadLines) as refused:
        accept(world, lines)
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4]
    payer = world.person()
    with world.database.unit_of_work() as store:
        assert store.batches.page(payer.id, limit=10) == []


def test_a_list_above_what_is_left_of_the_day_is_refused_whole(world: World) -> None:
    world.person(tier=2)
    world.send("15000.00")
    with pytest.raises(DayLimitReached):
        accept(world, written("9000.00", "1000.01"))
    accept(world, written("9000.00", "1000.00"))


def test_a_list_needs_a_tier_and_a_key(world: World) -> None:
    with pytest.raises(NotAllowed):
        accept(world, written("10.00"), tier=1)
    world.clock.pass_by(timedelta(seconds=1))
    payer = world.person()
    with world.database.unit_of_work() as store:
        store.accounts.set_tier(payer.id, 2, instead_of=1)
    for key in ("", "k" * 201, "é"):
        with pytest.raises(BadInput):
            accept(world, written("10.00"), key)


def test_the_same_list_under_one_key_is_the_first_again_and_another_is_refused(world: World) -> None:
    batch = accept(world, written("10.00"))
    live(world, 3)
    assert accept(world, written("10.00")).id == batch.id
    with pytest.raises(IdempotencyConflict):
        accept(world, written("10.01"))
    assert len(rows(world, batch)) == 1


def test_one_list_many_times_at_once_is_one_batch(sql_world: World) -> None:
    sql_world.person(tier=2)
    batches = at_once(8, lambda _: accept(sql_world, written("10.00", "20.00")))
    assert len({batch.id for batch in batches}) == 1


# --- Making its payments


def test_many_runners_at_once_make_each_payment_once(sql_world: World) -> None:
    batch = accept(sql_world, written(*["10.00"] * 5))

    def look(_: int) -> None:
        for _ in range(10):
            runner(sql_world).run()

    for _ in range(5):
        at_once(4, look)
        sql_world.pass_by(60, every=5)
    status, now = progress(sql_world, batch)
    assert (status, now.payments, now.paid_out) == ("done", {State.COMPLETED: 5}, money("50.00"))
    payer = sql_world.person()
    with sql_world.database.unit_of_work() as store:
        assert len(store.history.page(payer, Span(), limit=100)) == 5


@pytest.mark.parametrize("dies_after", range(1, 7))
def test_a_process_that_dies_after_any_commit_loses_and_doubles_nothing(world: World, dies_after: int) -> None:
    batch = accept(world, written("10.00", "20.00"))
    commits = 0

    @contextmanager
    def dying():
        nonlocal commits
        with world.database.unit_of_work() as store:
            yield store
        commits += 1
        if commits == dies_after:
            raise Crash

    def run() -> None:
        try:
            runner(world, dying).run()
        except Crash:
            world.clock.pass_by(timedelta(seconds=60))

    live(world, 100, run)
    status, now = progress(world, batch)
    assert commits > dies_after
    assert (status, now.payments, now.paid_out) == ("done", {State.COMPLETED: 2}, money("30.00"))


def test_a_line_that_the_day_does_not_allow_any_more_is_refused_and_the_rest_goes_on(world: World) -> None:
    batch = accept(world, written("15000.00", "10000.00"))
    world.send("14000.00")
    live(world, 80)
    first, second = rows(world, batch)
    assert "limit" in first.line.refusal
    assert second.transfer_state is State.COMPLETED
    status, now = progress(world, batch)
    assert (status, now.lines) == ("done", {LineState.REFUSED: 1, LineState.MADE: 1})


def test_a_line_whose_key_was_used_otherwise_is_refused(world: World) -> None:
    world.person(tier=2)
    world.send("3.00", key="used")
    batch = accept(world, [{"recipient_phone": "0970000002", "amount": 5, "key": "used"}])
    live(world, 2)
    assert "Idempotency-Key" in rows(world, batch)[0].line.refusal


def test_while_an_operator_does_not_answer_a_list_waits_and_goes_on_afterwards(world: World) -> None:
    batch = accept(world, written("10.00"))
    circuit = next(needed(Operator.MTN, Operator.AIRTEL))
    for _ in range(5):
        world.circuits.heard(circuit, good=False, took=timedelta(seconds=1))
    live(world, 10)
    assert rows(world, batch)[0].transfer_state is None
    live(world, 120)
    assert progress(world, batch)[0] == "done"


# --- Stopping


def test_of_a_stopped_list_nothing_more_is_made_and_what_was_made_goes_on(world: World) -> None:
    batch = accept(world, written("10.00", "20.00"))
    live(world, 3)
    payer = world.person()
    with world.database.unit_of_work() as store:
        stop_batch(batch.id, payer, store=store, clock=world.clock)
    live(world, 60)
    status, now = progress(world, batch)
    assert (status, now.paid_out) == ("stopped", money("10.00"))
    assert now.lines == {LineState.MADE: 1, LineState.STOPPED: 1}


def test_nothing_moves_a_stopped_list(world: World) -> None:
    batch, now = accept(world, written("10.00")), world.clock.now()
    with world.database.unit_of_work() as store:
        store.batches.stop(batch.account_id, now)
        store.batches.put_off(batch.id, now)
        assert store.batches.next_line(batch.id) is None
        assert store.batches.claim_due(now, until=now) is None
        assert store.batches.get(batch.account_id, batch.id).stopped_at == now


def test_a_list_of_somebody_who_left_makes_nothing_more(world: World) -> None:
    batch = accept(world, written("10.00"))
    with world.database.unit_of_work() as store:
        store.accounts.set_password(batch.account_id, "")
    live(world, 3)
    assert rows(world, batch)[0].transfer_state is None
    assert runner(world).run() == 0


# --- Storing


def test_batches_are_listed_newest_first_in_pages_and_only_to_whose_they_are(world: World) -> None:
    made = []
    for number in range(3):
        made.append(accept(world, written(f"{number + 1}.00"), f"key {number}").id)
        world.clock.pass_by(timedelta(seconds=1))
    mine, other = world.person(), world.person("0960000002")
    with world.database.unit_of_work() as store:
        first = store.batches.page(mine.id, limit=2)
        assert [one.id for one in first] == made[:0:-1]
        assert [one.id for one in store.batches.page(mine.id, limit=2, before=first[-1].id)] == made[:1]
        assert store.batches.page(other.id, limit=2) == []
        assert store.batches.page(other.id, limit=2, before=made[2]) == []
        with pytest.raises(NotFound):
            store.batches.get(other.id, made[0])
        assert [row.line.number for row in store.batches.lines(made[0], after=1, limit=2)] == []


def test_a_key_is_taken_once(world: World) -> None:
    batch = accept(world, written("10.00"))
    with pytest.raises(Conflict), world.database.unit_of_work() as store:
        store.batches.add(batch, [])


def test_what_became_of_a_line_is_stored_once(world: World) -> None:
    batch = accept(world, written("10.00"))
    live(world, 1)
    made = rows(world, batch)[0].line
    with world.database.unit_of_work() as store:
        store.batches.settle(batch.id, replace(made, transfer_id=None, refusal="late"))
    assert rows(world, batch)[0].line == made
    assert made.payee == msisdn("0970000100")
