"""What a store promises, over every store there is."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import event

from factories import PAYEE, World, at_once, money, msisdn, settled
from flash.domain.account import PhoneCode, Staff, Token
from flash.domain.errors import Conflict, IdempotencyConflict, NotFound, Refusal, StaleWrite
from flash.domain.history import Span
from flash.domain.leg import Leg
from flash.domain.limits import local_day
from flash.domain.message import Kind, a_message
from flash.domain.progress import Patience, answered, next_leg, submitting
from flash.domain.transfer import Case, Change, State, Transfer
from flash.trail import piece_of_work, trace_in
from flash.usecases.advance_transfer import advance_transfer
from flash.usecases.cancel_transfer import cancel_transfer

T = TypeVar("T")


def submitted(world: World, transfer: Transfer) -> Transfer:
    change = submitting(
        transfer,
        next_leg(transfer, world.chance.new_id()),
        world.clock.now(),
        platform="https://operator.example",
        callback_token=world.chance.token(),
        lease=timedelta(seconds=90),
    )
    with world.database.unit_of_work() as store:
        return store.transfers.apply(change)


# --- What goes in comes out


def test_what_goes_in_comes_out(world: World) -> None:
    transfer = world.send(description="School fees – term 3", key="key-1")
    assert world.get(transfer) == transfer


def test_every_field_of_a_transfer_and_its_legs_survives_storage(world: World) -> None:
    sent = submitted(world, world.send())
    collected = answered(sent, sent.legs[0].reference, settled(world.clock), world.clock.now(), Patience()).transfer
    returning = replace(collected, state=State.RETURNING, cancel_wanted=True, reason="other", step_count=7)
    with world.database.unit_of_work() as store:
        stored = store.transfers.apply(Change(transfer=returning))
    after = submitted(world, stored)
    assert world.get(after) == after
    refund = after.legs[1]
    plain = Leg(
        reference=refund.reference,
        kind=refund.kind,
        operator=refund.operator,
        party=refund.party,
        amount=refund.amount,
    )
    assert {f.name for f in fields(Leg) if getattr(refund, f.name) != getattr(plain, f.name)} >= {
        "platform",
        "refunds",
        "refunds_operator_id",
        "attempts",
        "opened_at",
        "submitted_at",
        "state",
    }


def test_a_transfer_names_the_request_that_ordered_it(world: World) -> None:
    with piece_of_work() as work:
        transfer = world.send()
    assert work.transfer == transfer.number
    assert trace_in(world.get(transfer).traceparent or "").id == work.trace.id
    after = submitted(world, world.get(transfer))
    assert world.get(after).traceparent == transfer.traceparent
    assert world.send(amount="26.00").traceparent is None


def test_instants_come_back_aware_and_exact(world: World) -> None:
    world.clock.pass_by(timedelta(microseconds=123_457))
    assert world.get(world.send()).created_at == world.clock.now()


def test_what_ends_by_an_exception_is_forgotten_with_its_wake_ups_and_messages(world: World) -> None:
    transfer = world.send()
    world.jobs.woken.clear()

    def break_down() -> None:
        with world.database.unit_of_work() as store:
            store.transfers.apply(Change(transfer=replace(transfer, description="changed")))
            store.jobs.advance(transfer.id)
            store.outbox.put(a_message(transfer.id, Kind.OUTCOME, msisdn(PAYEE), "hello", world.clock.now()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()
    assert world.get(transfer).description == ""
    assert (world.jobs.woken, world.texts(PAYEE)) == ([], [])


def test_wake_ups_leave_after_the_commit_and_not_before(world: World) -> None:
    transfer = world.send()
    world.jobs.woken.clear()
    with world.database.unit_of_work() as store:
        store.jobs.advance(transfer.id)
        assert world.jobs.woken == []
    assert world.jobs.woken == [transfer.id]


# --- Changing


def test_a_stale_write_is_refused_and_changes_nothing(world: World) -> None:
    transfer = world.send()
    with world.database.unit_of_work() as store:
        store.transfers.apply(Change(transfer=replace(transfer, description="first")))

    def write_again() -> None:
        with world.database.unit_of_work() as store:
            store.transfers.apply(Change(transfer=replace(transfer, description="second")))

    with pytest.raises(StaleWrite):
        write_again()
    assert world.get(transfer).description == "first"


def test_of_many_writers_of_one_version_exactly_one_wins(sql_world: World) -> None:
    world = sql_world
    transfer = world.send()

    def write(number: int) -> bool:
        try:
            with world.database.unit_of_work() as store:
                store.transfers.apply(Change(transfer=replace(transfer, description=str(number))))
        except StaleWrite:
            return False
        return True

    assert at_once(8, write).count(True) == 1


def test_a_number_and_a_payers_key_exist_once(world: World) -> None:
    transfer = world.send(key="key-1")
    for again in (
        replace(transfer, id=world.chance.new_id(), key="key-2", legs=()),
        replace(transfer, id=world.chance.new_id(), number="FL-OTHER", legs=()),
    ):

        def add(again: Transfer = again) -> None:
            with world.database.unit_of_work() as store:
                store.transfers.add(again)

        with pytest.raises(Conflict):
            add()


def test_a_case_is_kept(world: World) -> None:
    sent = submitted(world, world.send())
    case = Case("contradiction", sent.legs[0].reference, world.clock.now(), "why")
    with world.database.unit_of_work() as store:
        store.transfers.apply(Change(transfer=sent, case=case))
    assert world.file(sent).cases == [case] or world.file(sent).cases == (case,)


def test_whatever_an_operator_writes_can_be_stored(world: World) -> None:
    odd = "A\x00\ud800" + "x" * 1000
    sent = submitted(world, world.send())
    yes = replace(settled(world.clock), operator_id=odd)
    change = answered(
        sent,
        sent.legs[0].reference,
        replace(yes, evidence=replace(yes.evidence, body=odd)),
        world.clock.now(),
        Patience(),
    )
    doubt = replace(change, case=Case("contradiction", sent.legs[0].reference, world.clock.now(), odd))
    with world.database.unit_of_work() as store:
        store.transfers.apply(doubt)
    stored = world.file(sent)
    assert stored.dossier.transfer.legs[0].operator_id.endswith("x" * 1000)
    assert stored.evidence[0][1].body.startswith("A")
    assert stored.cases[0].detail.endswith("x" * 1000)


# --- Taking work


def claim(world: World, limit: int = 10, **more: Any) -> list[Transfer]:
    now = world.clock.now()
    with world.database.unit_of_work() as store:
        return list(store.transfers.claim_due(now, until=now + timedelta(seconds=90), limit=limit, **more))


def test_what_is_claimed_is_not_due_for_anybody_else_until_the_lease_ends(world: World) -> None:
    transfer = world.send()
    assert [one.id for one in claim(world)] == [transfer.id]
    assert claim(world) == []
    world.clock.pass_by(timedelta(seconds=90))
    assert [one.id for one in claim(world)] == [transfer.id]


def test_one_transfer_can_be_claimed_by_its_id_if_it_is_due(world: World) -> None:
    first, second = world.send("10.00"), world.send("20.00")
    assert [one.id for one in claim(world, transfer_id=second.id)] == [second.id]
    assert claim(world, transfer_id=second.id) == []
    assert [one.id for one in claim(world)] == [first.id]


def test_the_longest_due_comes_first_and_no_more_than_the_limit(world: World) -> None:
    ids = []
    for number in range(5):
        ids.append(world.send(f"{10 + number}.00").id)
        world.clock.pass_by(timedelta(seconds=1))
    assert [one.id for one in claim(world, limit=2)] == ids[:2]


def test_each_due_transfer_is_given_to_one_taker(sql_world: World) -> None:
    for number in range(30):
        sql_world.send(f"{10 + number}.00")
    taken = at_once(6, lambda _: [one.id for one in claim(sql_world, limit=10)])
    ids = [one for batch in taken for one in batch]  # type: ignore[union-attr]
    assert len(ids) == len(set(ids))
    assert len(ids) + len(claim(sql_world, limit=100)) == 30


# --- Limits


def test_parallel_sends_never_pass_the_days_limit(sql_world: World) -> None:
    world = sql_world
    world.person()
    results = at_once(16, lambda number: world.send("1000.00", key=f"key-{number}"))
    accepted = [one for one in results if isinstance(one, Transfer)]
    assert len(accepted) == 5
    assert {one.code for one in results if isinstance(one, Refusal)} == {"day_limit_reached"}
    assert world.audit() == []


def used(world: World) -> str:
    account = world.person()
    with world.database.unit_of_work() as store:
        return str(store.day_limits.used(account.id, local_day(world.clock.now())))


def test_a_transfer_that_fails_gives_its_part_of_the_limit_back_once(world: World) -> None:
    world.send("1000.61")
    world.send("500.00")
    assert used(world) == "1500.61"
    world.pass_by(60)
    assert used(world) == "500.00"
    world.pass_by(60)
    assert (used(world), world.audit()) == ("500.00", [])


def test_a_limit_is_exact_to_the_ngwee(world: World) -> None:
    world.send("4999.99")
    with pytest.raises(Refusal, match="left of your limit"):
        world.send("1.00", payee="0970000003")
    assert used(world) == "4999.99"


def test_more_than_the_whole_limit_is_refused_from_the_first_order_on(world: World) -> None:
    with pytest.raises(Refusal, match="left of your limit"):
        world.send("5000.01")
    assert used(world) == "0.00"


def test_a_new_day_begins_at_midnight_in_lusaka(world: World) -> None:
    world.send("5000.00")
    world.clock.pass_by(timedelta(hours=13, minutes=59))  # 10:00 in Lusaka, so 23:59
    with pytest.raises(Refusal):
        world.send("5000.00", payee="0970000003")
    world.clock.pass_by(timedelta(minutes=1))
    assert world.send("5000.00", payee="0970000003").limit_day > world.clock.now().date() - timedelta(days=1)


def test_what_fails_after_midnight_gives_nothing_back_to_the_new_day(world: World) -> None:
    world.clock.pass_by(timedelta(hours=13, minutes=59, seconds=50))
    world.send("1000.61")
    world.clock.pass_by(timedelta(seconds=20))
    world.send("700.00")
    world.pass_by(60)
    assert used(world) == "700.00"


# --- The same order twice


def test_the_same_key_many_times_at_once_makes_one_transfer(sql_world: World) -> None:
    sql_world.person()
    results = at_once(20, lambda _: sql_world.accept("100.00", key="key-1"))
    assert len({one.transfer.id for one in results}) == 1  # type: ignore[union-attr]
    assert sum(not one.replayed for one in results) == 1  # type: ignore[union-attr]
    assert used(sql_world) == "100.00"


def test_the_same_order_many_times_at_once_without_a_key_makes_one_transfer(sql_world: World) -> None:
    sql_world.person()
    results = at_once(12, lambda _: sql_world.accept("100.00"))
    assert len({one.transfer.id for one in results}) == 1  # type: ignore[union-attr]
    assert used(sql_world) == "100.00"


def test_a_key_is_replayed_for_ever_and_refused_for_another_order(world: World) -> None:
    first = world.accept("100.00", key="key-1")
    world.pass_by(120)
    again = world.accept("100.00", key="key-1")
    assert (again.transfer.id, again.replayed) == (first.transfer.id, True)
    with pytest.raises(IdempotencyConflict):
        world.accept("100.01", key="key-1")
    assert used(world) == "100.00"


def test_a_replay_is_answered_even_when_the_limit_is_used_up(world: World) -> None:
    first = world.send("5000.00", key="key-1")
    assert world.send("5000.00", key="key-1").id == first.id
    assert world.send("5000.00").id == first.id


def test_a_key_belongs_to_one_person(world: World) -> None:
    assert world.send(key="key-1").id != world.send(payer="0960000003", key="key-1").id


def test_an_equal_order_is_folded_for_a_minute_and_until_the_first_is_final(world: World) -> None:
    first = world.send(payee="0970000081")
    world.clock.pass_by(timedelta(seconds=60))
    assert world.send(payee="0970000081").id == first.id
    world.clock.pass_by(timedelta(seconds=1))
    assert world.send(payee="0970000081").id != first.id
    done = world.send(payer="0960000003")
    world.pass_by(40)
    assert world.get(done).final
    unwanted = world.send(payee="0970000082")
    with world.database.unit_of_work() as store:
        store.transfers.apply(Change(transfer=replace(unwanted, cancel_wanted=True)))
    assert world.send(payee="0970000082").id != unwanted.id
    assert world.send(payer="0960000003").id != done.id


# --- People


def test_a_phone_number_has_one_account(world: World) -> None:
    account = world.person()

    def add() -> None:
        with world.database.unit_of_work() as store:
            store.accounts.add(replace(account, id=world.chance.new_id()))

    with pytest.raises(Conflict):
        add()


def test_a_token_is_good_until_it_expires_or_is_revoked(world: World) -> None:
    account, now = world.person(), world.clock.now()
    day = timedelta(days=1)
    with world.database.unit_of_work() as store:
        for name in ("a", "b", "c"):
            store.accounts.add_token(Token(digest=name, account_id=account.id, created_at=now, expires_at=now + day))
        store.accounts.revoke_token("a", now)
    with world.database.unit_of_work() as store:
        assert store.accounts.by_token("a", now) is None
        assert store.accounts.by_token("b", now) == account
        assert store.accounts.by_token("b", now + day) is None
        assert store.accounts.by_token("unknown", now) is None
        store.accounts.revoke_all_tokens(account.id, now)
        assert store.accounts.by_token("c", now) is None


def test_a_password_can_be_replaced(world: World) -> None:
    account = world.person()
    with world.database.unit_of_work() as store:
        store.accounts.set_password(account.id, "another")
    assert world.person().password_hash == "another"


def test_an_email_address_has_one_member_of_staff(world: World) -> None:
    member = Staff(
        id=world.chance.new_id(),
        email="staff@flash.example",
        full_name="Thandiwe",
        role="admin",
        password_hash="x",
        created_at=world.clock.now(),
    )
    with world.database.unit_of_work() as store:
        store.accounts.add_staff(member)

    def add() -> None:
        with world.database.unit_of_work() as store:
            store.accounts.add_staff(replace(member, id=world.chance.new_id()))

    with pytest.raises(Conflict):
        add()


def put_code(world: World, digest: str = "d", number: str = PAYEE, asked_from: str = "here") -> bool:
    now = world.clock.now()
    code = PhoneCode(
        msisdn=msisdn(number),
        asked_from=asked_from,
        digest=digest,
        sent_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    with world.database.unit_of_work() as store:
        return store.phone_codes.put(code, unless_sent_after=now - timedelta(seconds=30))


def test_a_code_gives_five_tries_however_many_guess_at_once(sql_world: World) -> None:
    world = sql_world
    put_code(world)

    def guess(_: int) -> bool:
        with world.database.unit_of_work() as store:
            return store.phone_codes.take_try(msisdn(PAYEE), "here", world.clock.now()) is not None

    assert at_once(20, guess).count(True) == 5


def test_a_code_is_proved_once_and_its_proof_used_once_however_many_try(sql_world: World) -> None:
    world = sql_world
    put_code(world)
    now, phone = world.clock.now(), msisdn(PAYEE)
    with world.database.unit_of_work() as store:
        code = store.phone_codes.take_try(phone, "here", now)
    assert code is not None

    def prove(_: int) -> bool:
        with world.database.unit_of_work() as store:
            return store.phone_codes.prove(code, now)

    def use(_: int) -> bool:
        with world.database.unit_of_work() as store:
            return store.phone_codes.use_proof(phone, "here", now, proved_after=now - timedelta(minutes=2)) is not None

    assert at_once(8, prove).count(True) == 1
    assert at_once(8, use).count(True) == 1


def test_each_place_has_a_code_of_its_own_and_old_ones_are_forgotten(world: World) -> None:
    assert put_code(world, "ours")
    assert put_code(world, "theirs", asked_from="there")
    now, phone = world.clock.now(), msisdn(PAYEE)
    with world.database.unit_of_work() as store:
        ours = store.phone_codes.take_try(phone, "here", now)
        theirs = store.phone_codes.take_try(phone, "there", now)
        assert store.phone_codes.take_try(phone, "nowhere", now) is None
        assert ours is not None
        assert theirs is not None
        assert (ours.digest, ours.tries_left, theirs.digest, theirs.tries_left) == ("ours", 4, "theirs", 4)
        assert store.phone_codes.prove(ours, now, "K7Q2M9")
        proof = store.phone_codes.use_proof(phone, "here", now, proved_after=now - timedelta(1))
        assert proof is not None
        assert proof.invite_code == "K7Q2M9"
        store.phone_codes.remove_all(phone)
        assert store.phone_codes.take_try(phone, "there", now) is None


def test_a_new_code_replaces_the_old_one_but_not_within_half_a_minute(world: World) -> None:
    assert put_code(world, "first")
    assert not put_code(world, "second")
    world.clock.pass_by(timedelta(seconds=30))
    assert put_code(world, "third")
    with world.database.unit_of_work() as store:
        code = store.phone_codes.take_try(msisdn(PAYEE), "here", world.clock.now())
    assert code is not None
    assert (code.digest, code.tries_left) == ("third", 4)


def test_a_code_dies_when_it_expires_and_a_proof_belongs_where_it_was_made(world: World) -> None:
    put_code(world)
    now, phone = world.clock.now(), msisdn(PAYEE)
    with world.database.unit_of_work() as store:
        assert store.phone_codes.take_try(phone, "here", now + timedelta(minutes=5)) is None
        code = store.phone_codes.take_try(phone, "here", now)
        assert code is not None
        assert store.phone_codes.prove(code, now)
        assert store.phone_codes.take_try(phone, "here", now) is None
        later = now + timedelta(minutes=2)
        assert not store.phone_codes.use_proof(phone, "here", now, proved_after=later)
        assert not store.phone_codes.use_proof(phone, "elsewhere", now, proved_after=now - timedelta(1))
        assert store.phone_codes.use_proof(phone, "here", now, proved_after=now - timedelta(1))


# --- Reading


def test_a_person_sees_what_they_sent_and_what_reached_them_newest_first(world: World) -> None:
    me, friend = world.person(), world.person(PAYEE, name="Chanda Phiri")
    done = world.send("10.00")
    world.pass_by(40)
    open_ = world.send("20.00")
    with world.database.unit_of_work() as store:
        mine, theirs = store.history.page(me, Span(), limit=10), store.history.page(friend, Span(), limit=10)
        row = store.transfers.history_row(friend, done.number)
    assert [(one.id, one.sent) for one in mine] == [(open_.id, True), (done.id, True)]
    assert [(one.id, one.sent) for one in theirs] == [(done.id, False)]
    assert (row.payer_name, row.payee_name) == ("Mutale Banda", "Chanda Phiri")


def test_a_history_is_read_page_by_page_without_losing_or_repeating_a_row(world: World) -> None:
    me = world.person()
    ids = [world.send(f"{10 + number}.00").id for number in range(7)]
    seen: list[Any] = []
    with world.database.unit_of_work() as store:
        while page := store.history.page(me, Span(), limit=3, before=seen[-1] if seen else None):
            seen += [one.id for one in page]
    assert len(seen) == 7
    assert set(seen) == set(ids)


def test_somebody_elses_transfer_is_not_found_like_one_that_is_not(world: World) -> None:
    transfer, stranger = world.send(), world.person("0960000009")
    for name in (str(transfer.id), transfer.number, str(world.chance.new_id()), "FL-NONE", "", "x" * 300):
        with world.database.unit_of_work() as store, pytest.raises(NotFound):
            store.transfers.history_row(stranger, name)


def test_a_transfer_is_found_by_its_id_and_by_its_number(world: World) -> None:
    transfer, me = world.send(), world.person()
    with world.database.unit_of_work() as store:
        for name in (str(transfer.id), transfer.number):
            assert store.transfers.history_row(me, name).id == transfer.id


# --- Races


def test_cancel_against_payout_gives_exactly_one_of_them(sql_world: World) -> None:
    world = sql_world
    me = world.person()
    for amount in range(10, 30):
        transfer = world.send(f"{amount}.00")
        advance_transfer(transfer.id, world.engine)
        world.clock.pass_by(timedelta(seconds=31))
        advance_transfer(transfer.id, world.engine)
        assert world.get(transfer).state is State.COLLECTED

        def either(number: int, transfer: Transfer = transfer) -> object:
            if number == 0:
                return advance_transfer(transfer.id, world.engine)
            with world.database.unit_of_work() as store:
                return cancel_transfer(str(transfer.id), me, store=store, clock=world.clock)

        _, cancelling = at_once(2, either)
        world.pass_by(10)
        end = world.get(transfer)
        assert end.state is (State.COMPLETED if isinstance(cancelling, Refusal) else State.RETURNED)
    assert world.audit() == []


def test_many_advancers_of_one_transfer_submit_each_leg_once(sql_world: World) -> None:
    world = sql_world
    transfer = world.send()
    for _ in range(12):
        at_once(4, lambda _: advance_transfer(transfer.id, world.engine))
        world.clock.pass_by(timedelta(seconds=15))
    end = world.get(transfer)
    assert end.state is State.COMPLETED
    assert [(leg.kind.value, leg.attempts) for leg in end.legs] == [("collection", 1), ("disbursement", 1)]
    assert world.audit() == []


def test_the_memory_of_money_is_never_a_float(world: World) -> None:
    amounts = [money("0.10") + money("0.20"), money("1234567890.12")]
    assert [str(one) for one in amounts] == ["0.30", "1234567890.12"]
    assert world.get(world.send("4999.99")).amount == money("4999.99")


def test_a_transfer_that_changes_while_it_is_read_is_read_as_of_one_moment(sql_world: World) -> None:
    if sql_world.database.engine.dialect.name == "sqlite":
        return  # It shows one moment to each transaction.
    transfer, settled_meanwhile = sql_world.send(), []

    def settle(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM legs" in statement and not settled_meanwhile:
            settled_meanwhile.append(True)
            sql_world.pass_by(60)

    event.listen(sql_world.database.engine, "before_cursor_execute", settle)
    try:
        read = sql_world.get(transfer)
    finally:
        event.remove(sql_world.database.engine, "before_cursor_execute", settle)
    assert settled_meanwhile
    assert (read.state, read.open_leg) == (State.COMPLETED, None)
