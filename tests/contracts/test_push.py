"""Hints go to the browsers where a person is signed in, once each, and are in no message's way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from browsers import Browser
from factories import PAYEE, PAYER, WORDS, World, at_once, money, msisdn
from flash.adapters.memory.push import MemoryPusher
from flash.domain.account import Freed, Token
from flash.domain.limits import local_day
from flash.domain.message import LIFE, Delivery, Kind
from flash.domain.push import MOST_SUBSCRIPTIONS, Hint, Pushed, PushSubscription
from flash.domain.text import Language
from flash.ports.store import Store
from flash.usecases.push_hints import Hinter
from flash.usecases.request_money import Ask, request_money

DAY = timedelta(days=1)


@contextmanager
def unit(world: World) -> Iterator[Store]:
    with world.database.unit_of_work() as store:
        yield store


def signed_in(world: World, number: str = PAYER, life: timedelta = 90 * DAY) -> Token:
    """Sign a person in."""
    now = world.clock.now()
    digest = world.chance.token()
    token = Token(digest=digest, account_id=world.person(number).id, created_at=now, expires_at=now + life)
    with unit(world) as store:
        store.accounts.add_token(token)
    return token


def subscribed(world: World, token: Token, browser: Browser | None = None) -> PushSubscription:
    """Have a browser of that sign-in want hints."""
    browser = browser or Browser()
    one = PushSubscription(
        account_id=token.account_id,
        sign_in=token.digest,
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        created_at=world.clock.now(),
    )
    with unit(world) as store:
        store.push.keep(one, most=MOST_SUBSCRIPTIONS)
    return one


def of(world: World, number: str = PAYER) -> list[PushSubscription]:
    with unit(world) as store:
        return list(store.push.of(world_id(store, number), world.clock.now()))


def world_id(store: Store, number: str) -> UUID:
    account = store.accounts.by_msisdn(msisdn(number))
    assert account is not None
    return account.id


def a_hint(world: World) -> Hint:
    return Hint(
        message_id=world.chance.new_id(),
        kind=Kind.OUTCOME,
        title="News",
        body="You sent K25.00",
        url="/#/activity",
        expires_at=world.clock.now() + LIFE,
    )


def queue(world: World, *to: PushSubscription) -> Hint:
    hint = a_hint(world)
    with unit(world) as store:
        store.push.queue(hint, to, world.clock.now())
    return hint


def take(world: World) -> "tuple[Hint, PushSubscription | None] | None":
    with unit(world) as store:
        return store.push.take(world.clock.now())


def hinter(world: World, *answers: Pushed) -> tuple[Hinter, MemoryPusher]:
    pusher = MemoryPusher(*answers)
    unit_of_work = world.database.unit_of_work
    return Hinter(unit_of_work=unit_of_work, pusher=pusher, clock=world.clock, words=WORDS), pusher


def all_pushed(world: World, bringer: Hinter, pusher: MemoryPusher) -> list[Hint]:
    """Deliver all messages, push all hints, and return them."""
    replace(world.postman, hinter=bringer).deliver(most=100)
    while bringer.push():
        pass
    return [hint for _, hint in pusher.pushed]


# --- What is stored


def test_a_subscription_comes_out_as_it_went_in_and_told_again_is_the_same_one(world: World) -> None:
    token, browser = signed_in(world), Browser()
    one = subscribed(world, token, browser)
    with unit(world) as store:
        assert store.push.knows(one)
        assert not store.push.knows(replace(one, auth=Browser().auth))
        assert not store.push.knows(replace(one, sign_in="another"))
        store.push.left(replace(one, failures=2, rests_until=world.clock.now()))
    world.clock.pass_by(DAY)
    again = subscribed(world, token, browser)
    expected = replace(again, failures=2, rests_until=one.created_at)
    assert of(world) == [expected]


def test_the_oldest_of_too_many_gives_way(world: World) -> None:
    token, other = signed_in(world), subscribed(world, signed_in(world, PAYEE))
    many = []
    for _ in range(MOST_SUBSCRIPTIONS + 2):
        world.clock.pass_by(timedelta(seconds=1))
        many.append(subscribed(world, token))
    assert of(world) == many[:1:-1]
    assert of(world, PAYEE) == [other]


def test_those_whose_sign_ins_have_ended_are_forgotten_and_take_no_place(world: World) -> None:
    lasting, short = signed_in(world), signed_in(world, life=DAY)
    kept, gone = subscribed(world, lasting), subscribed(world, short)
    world.clock.pass_by(DAY)
    new = subscribed(world, lasting)
    before = world.clock.now() - DAY
    with unit(world) as store:
        assert list(store.push.of(kept.account_id, before)) == [new, kept]
        assert not store.push.knows(gone)


def test_never_too_many_stay_however_many_subscribe_at_once(sql_world: World) -> None:
    token = signed_in(sql_world)
    for _ in range(MOST_SUBSCRIPTIONS - 1):
        subscribed(sql_world, token)
    at_once(6, lambda _: subscribed(sql_world, token))
    assert len(of(sql_world)) == MOST_SUBSCRIPTIONS


def test_a_browser_tells_its_latest_person_alone(world: World) -> None:
    """Two people share a browser: who was there before is not told there any more, nor what waits for them."""
    browser = Browser()
    before = subscribed(world, signed_in(world), browser)
    queue(world, before)
    after = subscribed(world, signed_in(world, PAYEE), browser)
    assert (of(world), of(world, PAYEE)) == ([], [after])
    assert take(world) is None


def test_a_subscription_ends_with_its_sign_in_and_no_other(world: World) -> None:
    tokens = [signed_in(world) for _ in range(3)]
    first, second, third = (subscribed(world, token) for token in tokens)
    short = subscribed(world, signed_in(world, life=DAY))
    with unit(world) as store:
        store.accounts.revoke_token(first.sign_in, world.clock.now())
    assert {one.id for one in of(world)} == {second.id, third.id, short.id}
    queue(world, short)
    world.clock.pass_by(DAY)
    assert {one.id for one in of(world)} == {second.id, third.id}
    assert take(world)[1] is None
    with unit(world) as store:
        store.accounts.revoke_all_tokens(second.account_id, world.clock.now(), but=third.sign_in)
    assert of(world) == [third]


def test_a_person_who_leaves_leaves_no_address(world: World) -> None:
    token = signed_in(world, life=DAY)
    queue(world, subscribed(world, token))
    world.clock.pass_by(2 * DAY)
    other = subscribed(world, signed_in(world, PAYEE))
    now = world.clock.now()
    with unit(world) as store:
        store.push.remove_all(token.account_id)
        store.accounts.close(token.account_id, "digest", Freed(now, local_day(now), money("0.00")))
        assert list(store.push.of(token.account_id, now - 2 * DAY)) == []
    assert take(world) is None
    assert of(world, PAYEE) == [other]


def test_nobody_removes_the_subscription_of_somebody_else(world: World) -> None:
    one = subscribed(world, signed_in(world))
    with unit(world) as store:
        store.push.remove(world_id(store, PAYER), "unknown")
        store.push.remove(UUID(int=5, version=4), one.id)
    assert of(world) == [one]
    with unit(world) as store:
        store.push.remove(one.account_id, one.id)
    assert of(world) == []


def test_a_hint_waits_once_for_each_browser_and_the_one_that_waits_longest_goes_first(world: World) -> None:
    token = signed_in(world)
    one, other = subscribed(world, token), subscribed(world, token)
    first = queue(world, one, other)
    world.clock.pass_by(timedelta(seconds=1))
    second = queue(world, one)
    with unit(world) as store:
        store.push.queue(first, [one], world.clock.now())
    taken = [take(world) for _ in range(3)]
    assert {found[1].id for found in taken[:2]} == {one.id, other.id}
    assert [found[0] for found in taken] == [first, first, second]
    assert take(world) is None


def test_each_hint_is_given_to_one_taker(sql_world: World) -> None:
    one = subscribed(sql_world, signed_in(sql_world))
    hints = {queue(sql_world, one).message_id for _ in range(8)}
    taken = at_once(12, lambda _: take(sql_world))
    found = [one[0].message_id for one in taken if isinstance(one, tuple)]
    rest = iter(lambda: take(sql_world), None)  # Takers pass by what another one has under way.
    found += [one[0].message_id for one in rest]
    assert (len(found), set(found)) == (8, hints)


# --- What is pushed


def test_both_people_are_told_in_their_language_where_to_look_and_once(world: World) -> None:
    payer, payee = subscribed(world, signed_in(world)), subscribed(world, signed_in(world, PAYEE))
    second_browser = subscribed(world, signed_in(world))
    with unit(world) as store:
        store.accounts.set_language(payee.account_id, Language.NYANJA)
    transfer = world.send(description="School fees")
    world.pass_by(60)
    bringer, pusher = hinter(world)
    all_pushed(world, bringer, pusher)
    by_browser = {one.id: hint for one, hint in pusher.pushed}
    assert set(by_browser) == {payer.id, payee.id, second_browser.id}
    assert by_browser[payer.id] == by_browser[second_browser.id]
    told = by_browser[payer.id]
    assert (told.kind, told.title, told.url) == (Kind.OUTCOME, "News of a payment", f"/#/payment/{transfer.id}")
    assert told.body == f"You sent K25.00 to +260970000002. Ref {transfer.number}"
    told = by_browser[payee.id]
    assert (told.title, told.url) == ("Nkhani ya malipiro", f"/#/payment/{transfer.id}")
    assert "School fees" in told.body
    assert "You received" not in told.body
    assert {hint.message_id for hint in by_browser.values()} == set(world.messenger.sent)
    world.clock.pass_by(LIFE)
    assert len(all_pushed(world, bringer, pusher)) == 3


def test_who_is_asked_for_money_is_told_and_a_code_is_pushed_to_nobody(world: World) -> None:
    subscribed(world, signed_in(world, PAYEE))
    asker = world.person()
    ask = Ask(requester=asker, payer=msisdn(PAYEE), amount=money("7.00"))
    with unit(world) as store:
        asked = request_money(ask, store=store, clock=world.clock, chance=world.chance, terms=world.terms)
    bringer, pusher = hinter(world)
    (hint,) = all_pushed(world, bringer, pusher)
    assert (hint.kind, hint.title) == (Kind.REQUEST, "Somebody asks you for money")
    assert hint.url == f"/#/request/{asked.request.id}"
    assert hint.body.startswith("Mutale Banda (+260960000001) asks you for K7.00.")


def test_a_message_leaves_before_its_hint_and_tried_again_it_is_hinted_once(world: World) -> None:
    subscribed(world, signed_in(world))
    world.send()
    world.pass_by(60)
    bringer, pusher = hinter(world)
    answers = [Delivery.UNCLEAR] * 6

    class Gateway:
        shows_codes = False

        def send(self, *_: object) -> Delivery:
            return answers.pop()

    postman = replace(world.postman, hinter=bringer, messenger=Gateway())
    while answers:
        postman.deliver()
        world.clock.pass_by(timedelta(seconds=1))
    assert pusher.pushed == []
    assert [bringer.push(), bringer.push()] == [1, 0]
    assert len(pusher.pushed) == 1


def test_a_store_that_fails_the_hint_lets_the_message_go(world: World, caplog: pytest.LogCaptureFixture) -> None:
    subscribed(world, signed_in(world))
    transfer = world.send()
    world.pass_by(60)
    bringer, _ = hinter(world)

    def broken() -> None:
        raise OSError(transfer.payer.e164)

    replace(world.postman, hinter=replace(bringer, unit_of_work=broken)).deliver(most=9)
    assert world.texts(PAYER) == [f"You sent K25.00 to +260970000002. Ref {transfer.number}"]
    assert caplog.text.count("no hint could be queued") == 2
    assert "+260960000001" not in caplog.text


def test_a_service_that_fails_is_left_alone_for_a_while_and_one_that_is_gone_for_ever(world: World) -> None:
    token = signed_in(world)
    failing = subscribed(world, token)
    bringer, pusher = hinter(world, Pushed.FAILED, Pushed.TAKEN)
    queue(world, failing)
    queue(world, failing)
    assert [bringer.push() for _ in range(3)] == [1, 1, 0]
    assert len(pusher.pushed) == 1
    with unit(world) as store:
        assert list(store.push.hold_awake(token.account_id, world.clock.now())) == []
    world.clock.pass_by(timedelta(minutes=1))
    queue(world, failing)
    bringer.push()
    assert of(world) == [failing]
    queue(world, failing)
    pusher.answers = [Pushed.GONE]
    bringer.push()
    assert of(world) == []


def test_a_pusher_that_breaks_is_a_service_that_fails(world: World, caplog: pytest.LogCaptureFixture) -> None:
    one = subscribed(world, signed_in(world))
    bringer, _ = hinter(world)

    class Broken(MemoryPusher):
        def push(self, *_: object) -> Pushed:
            raise RuntimeError(one.endpoint)

    queue(world, one)
    assert replace(bringer, pusher=Broken()).push() == 1
    assert of(world)[0].failures == 1
    assert "the pusher broke" in caplog.text
    assert one.endpoint not in caplog.text


def test_what_tells_nothing_new_any_more_is_not_pushed(world: World) -> None:
    one = subscribed(world, signed_in(world))
    queue(world, one)
    world.clock.pass_by(LIFE)
    bringer, pusher = hinter(world)
    assert ([bringer.push(), bringer.push()], pusher.pushed) == ([1, 0], [])
