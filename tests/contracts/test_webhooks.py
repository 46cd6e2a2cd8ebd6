"""Events on every store: each step once, in order at each endpoint, until it has them, whatever becomes of anybody."""

import json
import random
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.test_partners import a_shop, bill, make, pay
from desk import THANDI, member
from factories import KEY, PAYER, Crash, World, at_once, money, msisdn
from flash.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from flash.domain.event import is_genuine
from flash.domain.transfer import Transfer
from flash.domain.webhook import OVERLAP, TRIED_FOR, Sent, endpoint_secret
from flash.ports.webhooks import Wanted
from flash.usecases.deliver_events import LEASE, Postbox
from flash.usecases.desk import Desk
from flash.usecases.send_money import Order, send_money
from flash.usecases.webhooks import NewEndpoint, add_endpoint, disable, enable, replay, rotate_secret

SHOP, OTHER = "https://shop.example/hook", "https://other.example/hook"
REFUSES, RETURNS = "0960000061", "0970000072"
TOOK = timedelta(milliseconds=5)
GOOD, BROKEN, REDIRECT, SILENT = (
    Sent(204, "", TOOK),
    Sent(500, "", TOOK),
    Sent(302, "", TOOK),
    Sent(None, "timed out", TOOK),
)


class Consumers:
    """Partners' systems: each has what it heard, and answers as it is told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: dict[str, list[dict]] = {SHOP: [], OTHER: []}
        self.headers: list[dict] = []
        self.answer = {SHOP: GOOD, OTHER: GOOD}
        self.calls: list[str] = []

    def bring(self, url, headers, body):
        self.calls.append(url)
        self.headers.append({**headers, "body": body})
        if self.answer[url] is GOOD or self.answer[url] is SILENT:  # One that is too slow may have it all the same.
            self.heard[url].append(json.loads(body))
        return self.answer[url]

    def distinct(self, url: str = SHOP) -> list[dict]:
        """What a consumer keeps that knows events by their ids."""
        return list({event["id"]: event for event in self.heard[url]}.values())

    def states(self, url: str = SHOP) -> dict[str, str]:
        """The state of each payment, rebuilt from events alone: the one with the highest sequence counts."""
        latest: dict[str, dict] = {}
        for event in self.heard[url]:
            known = latest.get(event["transfer_id"])
            if known is None or known["sequence"] < event["sequence"]:
                latest[event["transfer_id"]] = event
        return {name: event["state"] for name, event in latest.items()}


@pytest.fixture
def consumers(world: World) -> Consumers:
    return Consumers(world)


def postbox(world: World, consumers: Consumers, unit_of_work=None) -> Postbox:
    return Postbox(
        unit_of_work=unit_of_work or world.database.unit_of_work,
        courier=consumers,
        clock=world.clock,
        chance=world.chance,
        key=KEY,
    )


@contextmanager
def a_desk(world: World, role: str = "admin"):
    if not hasattr(world, "thandi"):
        world.thandi = member(world, THANDI, role="admin")
    with world.database.unit_of_work() as store:
        yield Desk(replace(world.thandi, role=role), store, world.clock, world.chance)


def endpoint(world: World, name: str = "shop", url: str = SHOP, partner: str = ""):
    with a_desk(world) as desk:
        return add_endpoint(NewEndpoint(name, url, partner), desk)


def standing(world: World, name: str = "shop"):
    with world.database.unit_of_work() as store:
        return next(one for one in store.webhooks.standings() if one.endpoint.name == name)


def deliver(world: World, consumers: Consumers, seconds: int = 0, every: float = 1.0) -> None:
    """Deliver what is due, for as long as that."""
    box = postbox(world, consumers)
    for _ in range(int(seconds / every) + 1):
        while box.deliver():
            pass
        world.clock.pass_by(timedelta(seconds=every if seconds else 0))


def payments(world: World) -> list[Transfer]:
    """One of each kind of payment, to its end."""
    made = [world.send("10.00"), world.send("11.00", payer=REFUSES), world.send("12.00", payee=RETURNS)]
    world.send("13.00", payer="0960000004")
    made.append(world.send("14.00", payer="0960000005"))
    world.cancel(made[-1], by="0960000005")
    world.pass_by(120, every=5)
    return made


def in_order(heard: list[dict]) -> bool:
    """Whether the first time that each event was heard came after those before it of its payment."""
    seen: dict[str, int] = {}
    for event in heard:
        known = seen.get(event["transfer_id"], 0)
        if event["sequence"] > known + 1:
            return False
        seen[event["transfer_id"]] = max(known, event["sequence"])
    return True


# --- What is told


def test_every_step_is_one_event_with_the_states_around_it(world: World, consumers: Consumers) -> None:
    endpoint(world)
    made = payments(world)
    deliver(world, consumers)
    for transfer in made:
        steps = world.file(transfer).dossier.steps
        told = [event for event in consumers.heard[SHOP] if event["transfer_id"] == str(transfer.id)]
        assert [event["sequence"] for event in told] == [step.number for step in steps]
        assert [event["state"] for event in told] == [step.after.value for step in steps]
        assert [event["previous_state"] for event in told] == [step.before and step.before.value for step in steps]
        assert (told[-1]["reference_id"], told[-1]["final"]) == (transfer.number, True)
    assert not standing(world).waiting


def test_an_event_names_nobody(world: World, consumers: Consumers) -> None:
    endpoint(world)
    world.send("10.00", description="for Chanda")
    deliver(world, consumers)
    (event,) = consumers.heard[SHOP]
    assert PAYER[1:] not in str(event)
    assert "Chanda" not in str(event)
    assert event["payer_last_digits"] == PAYER[-3:]


def test_what_is_told_is_what_was_true_then(world: World, consumers: Consumers) -> None:
    endpoint(world)
    transfer = world.send("10.00")
    world.pass_by(60)
    deliver(world, consumers)
    first, *_, last = consumers.heard[SHOP]
    assert (first["state"], first["status"], first["previous_state"], first["final"]) == (
        "recorded",
        "pending",
        None,
        False,
    )
    assert (last["type"], last["status"]) == ("transfer.completed", "completed")
    assert world.get(transfer).final


def test_each_event_is_signed_with_the_secret_of_its_endpoint(world: World, consumers: Consumers) -> None:
    made = endpoint(world)
    world.send("10.00")
    deliver(world, consumers)
    (headers,) = consumers.headers
    secret, now = endpoint_secret(KEY, made.id, 1), world.clock.now()
    assert is_genuine(headers["Flash-Signature"], headers["body"], secret, now)
    assert not is_genuine(headers["Flash-Signature"], headers["body"] + b" ", secret, now)
    assert headers["Flash-Event-Sequence"] == "1"


def test_after_a_rotation_both_secrets_sign_for_a_day(world: World, consumers: Consumers) -> None:
    made = endpoint(world)
    with a_desk(world) as desk:
        rotate_secret("shop", desk)
    old, new = (endpoint_secret(KEY, made.id, version) for version in (1, 2))

    def genuine() -> list[bool]:
        world.send("10.00", key=str(world.clock.now()))
        consumers.headers.clear()
        deliver(world, consumers)
        headers = consumers.headers[0]
        return [is_genuine(headers["Flash-Signature"], headers["body"], one, world.clock.now()) for one in (old, new)]

    assert genuine() == [True, True]
    world.clock.pass_by(OVERLAP)
    assert genuine() == [False, True]


def test_an_endpoint_of_a_partner_hears_of_its_links_only(world: World, consumers: Consumers) -> None:
    shop, other = a_shop(world), a_shop(world, "Soweto Market", "0970000006")
    endpoint(world, "shop", SHOP, "Kamwala Market")
    endpoint(world, "all", OTHER)
    world.send("10.00")
    link = make(world, bill(shop))
    paid = pay(world, link).transfer
    pay(world, make(world, bill(other)), "0960000002")
    deliver(world, consumers)
    assert [event["transfer_id"] for event in consumers.heard[SHOP]] == [str(paid.id)]
    assert consumers.heard[SHOP][0]["payment_request_id"] == str(link.id)
    assert len(consumers.heard[OTHER]) == 3
    assert replay("shop", Wanted(since=world.clock.now()), lambda: a_desk(world)) == 1


# --- Until it is there


def test_an_endpoint_that_is_dead_broken_slow_and_redirects_gets_everything_when_it_is_back(
    world: World, consumers: Consumers
) -> None:
    endpoint(world)
    for answer in (SILENT, BROKEN, REDIRECT, BROKEN):
        consumers.answer[SHOP] = answer
        payments_of_the_hour = [world.send(f"{number}.00", key=f"{answer}{number}") for number in range(1, 3)]
        for _ in range(12):
            world.pass_by(60, every=30)
            deliver(world, consumers)
        assert payments_of_the_hour
    world.clock.pass_by(timedelta(hours=20))
    assert standing(world).waiting
    consumers.answer[SHOP] = GOOD
    deliver(world, consumers, seconds=7200, every=60)
    assert not standing(world).waiting
    told = consumers.distinct()
    assert in_order(told)
    assert len(told) == len({(event["transfer_id"], event["sequence"]) for event in told})
    with world.database.unit_of_work() as store:
        kept = [
            event.body for event in store.webhooks.events(Wanted(since=world.clock.now() - TRIED_FOR * 2), limit=999)
        ]
    assert sorted(event["id"] for event in told) == sorted(json.loads(body)["id"] for body in kept)


def test_after_a_day_of_failures_staff_are_told_and_nothing_is_lost(world: World, consumers: Consumers, caplog) -> None:
    endpoint(world)
    world.send("10.00")
    world.pass_by(60)
    consumers.answer[SHOP] = BROKEN
    deliver(world, consumers, seconds=25 * 3600, every=300)
    assert "24 hours" in standing(world).endpoint.disabled_why
    assert [record.levelname for record in caplog.records if "held back" in record.message] == ["ERROR"]
    calls = len(consumers.calls)
    consumers.answer[SHOP] = GOOD
    deliver(world, consumers, seconds=60)
    assert len(consumers.calls) == calls
    with a_desk(world) as desk:
        enable("shop", desk)
    deliver(world, consumers)
    assert [event["sequence"] for event in consumers.heard[SHOP]] == [1, 2, 3, 4, 5]


def test_an_endpoint_with_much_waiting_is_given_up_after_a_day_too(world: World, consumers: Consumers) -> None:
    endpoint(world)
    for number in range(60):
        world.send("1.00", payer=f"09600001{number:02}")
    consumers.answer[SHOP] = BROKEN
    deliver(world, consumers, seconds=25 * 3600, every=600)
    assert "24 hours" in standing(world).endpoint.disabled_why


def test_what_is_wanted_again_during_the_call_comes_again(world: World, consumers: Consumers) -> None:
    endpoint(world)
    transfer = world.send("10.00")
    honest = consumers.bring

    def forgetful(url, headers, body):
        consumers.bring = honest
        world.clock.pass_by(timedelta(seconds=1))
        replay("shop", Wanted(transfer_id=transfer.id), lambda: a_desk(world))
        return honest(url, headers, body)

    consumers.bring = forgetful
    deliver(world, consumers)
    assert len(consumers.heard[SHOP]) == 2


def test_whoever_adds_events_is_in_no_couriers_way(sql_world: World) -> None:
    consumers = Consumers(sql_world)
    endpoint(sql_world)
    sql_world.send("10.00")
    if sql_world.database.engine.dialect.name == "sqlite":
        return  # There is one writer at a time.
    payer = sql_world.person("0960000002")
    with sql_world.database.unit_of_work() as store:
        parts = {"clock": sql_world.clock, "chance": sql_world.chance, "terms": sql_world.terms}
        order = Order(payer=payer, payee=msisdn("0970000003"), amount=money("5.00"))
        send_money(order, store=store, circuits=sql_world.circuits, **parts)
        assert postbox(sql_world, consumers).deliver() == 1


def test_tries_grow_apart_and_are_scattered(world: World, consumers: Consumers) -> None:
    endpoint(world)
    world.send("10.00")
    consumers.answer[SHOP] = BROKEN
    deliver(world, consumers, seconds=23 * 3600, every=60)
    assert 20 <= len(consumers.calls) <= 45
    with world.database.unit_of_work() as store:
        made = store.webhooks.by_name("shop")
        log = store.webhooks.attempts(made.id, limit=999)
    assert len(log) == len(consumers.calls)
    assert {one.sent.status for one in log} == {500}


def test_an_endpoint_that_says_it_is_gone_is_called_no_more(world: World, consumers: Consumers) -> None:
    endpoint(world)
    world.send("10.00")
    consumers.answer[SHOP] = Sent(410, "", TOOK)
    deliver(world, consumers, seconds=600)
    assert (len(consumers.calls), "410" in standing(world).endpoint.disabled_why) == (1, True)


def test_a_dead_endpoint_does_not_hold_up_another_one(world: World, consumers: Consumers) -> None:
    endpoint(world)
    endpoint(world, "other", OTHER)
    consumers.answer[SHOP] = SILENT
    for number in range(5):
        world.send("10.00", key=str(number))
    deliver(world, consumers, seconds=5)
    assert len(consumers.heard[OTHER]) == 5
    assert consumers.calls.count(SHOP) <= 4


def test_what_one_event_is_refused_for_holds_up_only_its_payment(world: World, consumers: Consumers) -> None:
    endpoint(world)
    poison, fine = world.send("10.00"), world.send("11.00")
    world.pass_by(90)
    honest = consumers.bring

    def picky(url, headers, body):
        consumers.answer[url] = BROKEN if str(poison.id) in body.decode() else GOOD
        return honest(url, headers, body)

    consumers.bring = picky
    deliver(world, consumers, seconds=300, every=5)
    assert {event["transfer_id"] for event in consumers.heard[SHOP]} == {str(fine.id)}
    assert len(consumers.heard[SHOP]) == world.get(fine).step_count
    consumers.bring = honest
    consumers.answer[SHOP] = GOOD
    deliver(world, consumers, seconds=3600, every=60)
    told = [event["sequence"] for event in consumers.heard[SHOP] if event["transfer_id"] == str(poison.id)]
    assert told == list(range(1, world.get(poison).step_count + 1))


@pytest.mark.parametrize("dies_after", range(1, 8))
def test_a_process_that_dies_after_any_commit_loses_nothing(
    world: World, consumers: Consumers, dies_after: int
) -> None:
    endpoint(world)
    transfer = world.send("10.00")
    world.pass_by(60)
    commits = 0

    @contextmanager
    def dying():
        nonlocal commits
        with world.database.unit_of_work() as store:
            yield store
        commits += 1
        if commits == dies_after:
            raise Crash

    with pytest.raises(Crash):
        postbox(world, consumers, dying).deliver()
    assert postbox(world, consumers).deliver() == 0  # The lease of the dead lasts.
    world.clock.pass_by(LEASE)
    deliver(world, consumers)
    assert [event["sequence"] for event in consumers.distinct()] == list(range(1, world.get(transfer).step_count + 1))


def test_many_couriers_at_once_keep_the_order_of_every_payment(sql_world: World) -> None:
    consumers, luck = Consumers(sql_world), random.Random(7)
    endpoint(sql_world)
    honest = consumers.bring

    def moody(url, headers, body):
        consumers.answer[SHOP] = luck.choice([GOOD, GOOD, BROKEN, SILENT])
        return honest(url, headers, body)

    consumers.bring = moody
    for number in range(6):
        sql_world.send("10.00", key=str(number), payer=f"096000000{number + 1}")
    sql_world.pass_by(90, every=5)
    for _ in range(60):
        at_once(4, lambda _: postbox(sql_world, consumers).deliver())
        sql_world.clock.pass_by(timedelta(minutes=5))
    consumers.bring = honest
    consumers.answer[SHOP] = GOOD
    deliver(sql_world, consumers, seconds=3600, every=60)
    assert not standing(sql_world).waiting
    assert in_order(consumers.heard[SHOP])
    assert len(consumers.distinct()) == 6 * 5


# --- Again


def test_a_consumer_that_rebuilds_from_a_replay_ends_with_what_the_database_has(
    world: World, consumers: Consumers
) -> None:
    made = payments(world)
    endpoint(world)  # It was not there when all this happened.
    assert replay("shop", Wanted(since=made[0].created_at), lambda: a_desk(world)) >= 20
    deliver(world, consumers)
    with world.database.unit_of_work() as store:
        stored = {
            str(one.transfer.id): one.transfer.state.value for one in store.transfers.dossiers(after=None, limit=99)
        }
    assert consumers.states() == stored
    assert in_order(consumers.heard[SHOP])


def test_events_are_sent_again_by_id_by_payment_and_by_time(world: World, consumers: Consumers) -> None:
    endpoint(world)
    began = world.clock.now()
    first, second = world.send("10.00"), world.send("11.00", payer="0960000002")
    world.pass_by(90)
    deliver(world, consumers)
    all_told = list(consumers.heard[SHOP])

    def again(**wanted) -> list[dict]:
        consumers.heard[SHOP].clear()
        count = replay("shop", Wanted(**wanted), lambda: a_desk(world))
        deliver(world, consumers)
        assert count == len(consumers.heard[SHOP])
        return consumers.heard[SHOP]

    with world.database.unit_of_work() as store:
        one = store.webhooks.events(Wanted(transfer_id=second.id), limit=9)[2]
    assert [event["id"] for event in again(event_id=one.id)] == [str(one.id)]
    assert [event["sequence"] for event in again(transfer_id=first.id)] == [1, 2, 3, 4, 5]
    assert sorted(event["id"] for event in again(since=began)) == sorted(event["id"] for event in all_told)
    assert again(since=began, until=began) == []
    with pytest.raises(BadInput):
        replay("shop", Wanted(), lambda: a_desk(world))


def test_a_large_replay_goes_on_in_pieces(world: World, consumers: Consumers, monkeypatch) -> None:
    monkeypatch.setattr("flash.usecases.webhooks.REPLAYED_AT_ONCE", 3)
    made = payments(world)
    endpoint(world)
    count = replay("shop", Wanted(since=made[0].created_at), lambda: a_desk(world))
    deliver(world, consumers)
    assert count == len(consumers.distinct()) == len(consumers.heard[SHOP])


def test_a_replay_keeps_the_order_of_a_payment_across_its_pieces(
    world: World, consumers: Consumers, monkeypatch
) -> None:
    monkeypatch.setattr("flash.usecases.webhooks.REPLAYED_AT_ONCE", 1)
    began = world.clock.now()
    for number in range(1, 4):
        world.send("10.00", payer=f"096000000{number}")
    world.pass_by(0)  # The first two steps of each are of one instant.
    world.clock.pass_by(timedelta(seconds=-3))
    world.pass_by(60)  # And the next ones are of an earlier one: another worker's clock.
    endpoint(world)

    @contextmanager
    def with_a_courier_between():
        with a_desk(world) as desk:
            yield desk
        deliver(world, consumers)

    replay("shop", Wanted(since=began - timedelta(minutes=1)), with_a_courier_between)
    deliver(world, consumers)
    assert in_order(consumers.heard[SHOP])
    assert len(consumers.distinct()) == 15


def test_two_rotations_and_a_holding_back_at_once_all_count(sql_world: World) -> None:
    made = endpoint(sql_world)

    def change(number: int) -> None:
        with a_desk(sql_world) as desk:
            (rotate_secret, rotate_secret, disable)[number]("shop", desk)

    at_once(3, change)
    after = standing(sql_world).endpoint
    assert (after.secret_version, after.disabled_why) == (made.secret_version + 2, "staff hold it back")


def test_what_was_held_back_by_staff_waits_and_goes_on(world: World, consumers: Consumers) -> None:
    endpoint(world)
    with a_desk(world) as desk:
        disable("shop", desk)
    world.send("10.00")
    deliver(world, consumers, seconds=10)
    assert (consumers.calls, standing(world).waiting) == ([], 1)
    with a_desk(world) as desk:
        enable("shop", desk)
    deliver(world, consumers)
    assert len(consumers.heard[SHOP]) == 1


# --- Staff, and forgetting


def test_only_admins_look_after_endpoints_and_names_are_taken_once(world: World) -> None:
    endpoint(world)
    with pytest.raises(Conflict):
        endpoint(world)
    with pytest.raises(NotFound):
        endpoint(world, "another", SHOP, "Nobody")
    for wrong in (
        "http://shop.example/",
        "https://a:b@shop.example/",
        "https://",
        "https://x:22/",
        "x",
        "https://x/#y",
    ):
        with pytest.raises(BadInput):
            endpoint(world, "another", wrong)
    for action in (disable, enable, rotate_secret):
        with pytest.raises(NotAllowed), a_desk(world, "finance") as desk:
            action("shop", desk)
        with pytest.raises(NotFound), a_desk(world) as desk:
            action("nobody", desk)


def test_a_taker_that_was_too_slow_says_nothing_of_the_endpoint(world: World, consumers: Consumers) -> None:
    endpoint(world)
    world.send("10.00")
    with world.database.unit_of_work() as store:
        now = world.clock.now()
        slow = store.webhooks.claim(now, until=now + LEASE)
    world.clock.pass_by(LEASE + timedelta(seconds=1))
    deliver(world, consumers)
    with world.database.unit_of_work() as store:
        before = store.webhooks.by_name("shop")
        store.webhooks.left(replace(slow, failures=9, disabled_why="x"), slow.busy_until)
        assert store.webhooks.by_name("shop") == before


def test_old_attempts_and_deliveries_are_forgotten_and_events_are_not(world: World, consumers: Consumers) -> None:
    made = endpoint(world)
    world.send("10.00")
    world.pass_by(60)
    deliver(world, consumers)
    box = postbox(world, consumers)
    assert box.forget(timedelta(days=90)) == 0
    world.clock.pass_by(timedelta(days=91))
    assert box.forget(timedelta(days=90)) == 10
    with world.database.unit_of_work() as store:
        assert store.webhooks.attempts(made.id, limit=9) == []
    assert replay("shop", Wanted(since=world.clock.now() - timedelta(days=100)), lambda: a_desk(world)) == 5
