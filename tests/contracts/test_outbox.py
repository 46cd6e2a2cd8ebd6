"""Messages leave once what they tell about is committed, once per id, and are tried again while that makes sense."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from factories import KEY, PAYEE, PAYER, WORDS, World, at_once, declined, msisdn, settled, waiting
from flash.domain.account import CODE_LIFE
from flash.domain.message import LEASE, LIFE, Delivery, Kind, Message, Standing, a_message
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Source
from flash.usecases.deliver_messages import Postman


@dataclass
class Gateway:
    """A gateway that answers as it is told; the last answer is repeated."""

    answers: list[Delivery | Exception]
    shows_codes: bool = False
    taken: list[UUID] = field(default_factory=list)

    def send(self, message_id: UUID, _to: Msisdn, _text: str) -> Delivery:
        self.taken.append(message_id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def postman(world: World, *answers: Delivery | Exception) -> tuple[Postman, Gateway]:
    gateway = Gateway(list(answers))
    unit_of_work = world.database.unit_of_work
    return Postman(unit_of_work=unit_of_work, messenger=gateway, clock=world.clock, key=KEY, words=WORDS), gateway


def put(world: World, kind: Kind = Kind.OUTCOME) -> Message:
    message = a_message(world.chance.new_id(), kind, msisdn(PAYEE), "Hello", world.clock.now())
    with world.database.unit_of_work() as store:
        store.outbox.put(message)
    return message


def stored(world: World) -> Message:
    """The only message there is, as it is stored, though not due."""
    later = world.clock.now() + timedelta(days=9)
    with world.database.unit_of_work() as store:
        (message,) = store.outbox.claim_due(later, until=later, limit=2)
    return message


def test_a_message_leaves_once(world: World) -> None:
    message = put(world)
    with world.database.unit_of_work() as store:
        store.outbox.put(message)
    bringer, gateway = postman(world, Delivery.ACCEPTED)
    assert bringer.deliver(most=9) == 1
    world.clock.pass_by(2 * LIFE)
    assert bringer.deliver(most=9) == 0
    assert gateway.taken == [message.id]


@pytest.mark.parametrize("answer", [Delivery.UNCLEAR, RuntimeError("a bug")])
def test_an_unclear_answer_is_asked_for_again_later_and_later(world: World, answer: Delivery | Exception) -> None:
    message = put(world)
    bringer, gateway = postman(world, answer, answer, Delivery.ACCEPTED)
    waits = []
    while bringer.deliver() or len(gateway.taken) < 3:
        world.clock.pass_by(timedelta(seconds=1))
        waits.append(len(gateway.taken))
    assert gateway.taken == [message.id] * 3
    assert (waits.count(1), waits.count(2)) == (5, 10)


def test_a_refused_message_is_not_tried_again(world: World) -> None:
    put(world)
    bringer, gateway = postman(world, Delivery.REFUSED)
    bringer.deliver(most=9)
    world.clock.pass_by(LIFE / 2)
    bringer.deliver(most=9)
    assert len(gateway.taken) == 1


@pytest.mark.parametrize(("kind", "life"), [(Kind.CODE, CODE_LIFE), (Kind.OUTCOME, LIFE)])
def test_what_could_not_be_sent_in_time_is_not_sent_at_all(world: World, kind: Kind, life: timedelta) -> None:
    put(world, kind)
    bringer, gateway = postman(world, Delivery.ACCEPTED)
    world.clock.pass_by(life)
    assert (bringer.deliver(), gateway.taken) == (1, [])
    world.clock.pass_by(life)
    assert bringer.deliver() == 0


def test_a_postman_that_dies_leaves_the_message_to_another_under_the_same_id(world: World) -> None:
    message = put(world)
    with world.database.unit_of_work() as store:
        store.outbox.claim_due(world.clock.now(), until=world.clock.now() + LEASE, limit=1)
    bringer, gateway = postman(world, Delivery.ACCEPTED)
    assert bringer.deliver() == 0
    world.clock.pass_by(LEASE)
    assert (bringer.deliver(), gateway.taken) == (1, [message.id])


def test_a_late_answer_does_not_undo_a_later_attempt(world: World) -> None:
    put(world)
    with world.database.unit_of_work() as store:
        (slow,) = store.outbox.claim_due(world.clock.now(), until=world.clock.now() + LEASE, limit=1)
    world.clock.pass_by(LEASE)
    bringer, _ = postman(world, Delivery.UNCLEAR)
    bringer.deliver()
    with world.database.unit_of_work() as store:
        store.outbox.settle(slow.after(Delivery.REFUSED, world.clock.now()))
    world.clock.pass_by(LEASE)
    bringer, _ = postman(world, Delivery.ACCEPTED)
    assert bringer.deliver() == 1


def test_a_code_leaves_before_all_that_waits(world: World) -> None:
    others = [put(world) for _ in range(3)]
    world.clock.pass_by(timedelta(hours=3))
    code = put(world, Kind.CODE)
    bringer, gateway = postman(world, Delivery.ACCEPTED)
    bringer.deliver(most=9)
    assert gateway.taken[0] == code.id
    assert set(gateway.taken) == {code.id, *(one.id for one in others)}


def test_each_message_is_given_to_one_taker(sql_world: World) -> None:
    ids = {put(sql_world).id for _ in range(24)}
    bringer, gateway = postman(sql_world, Delivery.ACCEPTED)
    assert sum(at_once(8, lambda _: bringer.deliver(most=24))) == 24  # type: ignore[arg-type]
    assert (len(gateway.taken), set(gateway.taken)) == (24, ids)


def test_both_people_are_told_of_a_payment_that_arrived_and_only_once(world: World) -> None:
    transfer = world.send(description="School fees")
    world.pass_by(60)
    assert world.texts(PAYER) == [f"You sent K25.00 to +260970000002. Ref {transfer.number}"]
    assert world.texts(PAYEE) == [f"You received K25.00 from +260960000001 (School fees). Ref {transfer.number}"]
    world.pass_by(60)
    assert len(world.messenger.sent) == 2


def test_nobody_is_told_of_what_is_not_certain(world: World) -> None:
    world.answers(waiting(world.clock, Source.SUBMIT), settled(world.clock), waiting(world.clock))
    world.send()
    world.pass_by(600, every=5)
    assert (world.texts(PAYER), world.texts(PAYEE)) == ([], [])


def test_only_the_payer_is_told_of_a_payment_that_came_to_nothing(world: World) -> None:
    world.answers(declined(world.clock))
    failed = world.send()
    world.pass_by(5)
    told = world.texts(PAYER)[0]
    assert told.startswith("K25.00 to +260970000002 failed. The mobile-money operator did not complete the payment.")
    assert told.endswith(f"Nothing was taken. Ref {failed.number}")
    assert world.texts(PAYEE) == []


def test_a_payment_that_was_cancelled_and_came_back_is_told_as_such(world: World) -> None:
    transfer = world.send()
    world.pass_by(5)
    world.cancel(transfer)
    world.pass_by(60)
    assert world.texts(PAYER)[0].startswith("You cancelled K25.00 to +260970000002. K25.00 is back in your wallet.")


def test_a_message_about_what_was_rolled_back_is_never_sent(world: World) -> None:
    def break_down() -> None:
        with world.database.unit_of_work() as store:
            store.outbox.put(a_message(world.chance.new_id(), Kind.OUTCOME, msisdn(PAYEE), "Hi", world.clock.now()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()
    assert world.texts(PAYEE) == []


def test_what_became_of_a_message_is_stored(world: World) -> None:
    put(world)
    bringer, _ = postman(world, Delivery.UNCLEAR)
    bringer.deliver()
    assert (stored(world).standing, stored(world).text) == (Standing.WAITING, "Hello")
