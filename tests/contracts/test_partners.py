"""Partners and payment links on every store: a link is paid once, by one person, whatever comes at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk import THANDI, member
from factories import KEY, World, at_once, money, msisdn
from flash.domain.errors import BadInput, Conflict, IdempotencyConflict, NotAllowed, NotFound, Refusal, RequestClosed
from flash.domain.partner import Caller, KeyNeeded, Scope, ScopeMissing
from flash.domain.payment_link import LinkState, PaymentLink, link_secret
from flash.usecases.desk import Desk
from flash.usecases.partners import add_partner, issue_key, revoke_key, who_calls
from flash.usecases.payment_links import Bill, Payment, cancel_link, make_link, pay_link

SHOP, BUYER, OTHER = "0970000005", "0960000001", "0960000002"
DECLINES = "0960000061"
"""A payer who refuses, in the sandbox."""


def a_desk(world: World, store, role: str = "admin") -> Desk:
    return Desk(replace(world.thandi, role=role), store, world.clock, world.chance)


@pytest.fixture
def shop(world: World) -> Caller:
    return a_shop(world)


def a_shop(world: World, name: str = "Kamwala Market", number: str = SHOP) -> Caller:
    text = a_key(world, name, number)
    with world.database.unit_of_work() as store:
        return who_calls(text, store=store)


def a_key(world: World, name: str = "Kamwala Market", number: str = SHOP) -> str:
    """The text of a key of a partner, made."""
    world.person(number)
    if not hasattr(world, "thandi"):
        world.thandi = member(world, THANDI, role="admin")
    with world.database.unit_of_work() as store:
        desk = a_desk(world, store)
        add_partner(name, msisdn(number), desk)
        return issue_key(name, "till", [Scope.READ, Scope.WRITE], desk)[1]


def bill(shop: Caller, amount: str = "25.50", key: str = "order 1", **more) -> Bill:
    values = {"description": "Two chickens", "reference": "order 1", "hours": None, **more}
    return Bill(caller=shop, amount=money(amount), key=key, **values)


def make(world: World, wish: Bill) -> PaymentLink:
    with world.database.unit_of_work() as store:
        parts = {"clock": world.clock, "chance": world.chance, "terms": world.terms}
        return make_link(wish, store=store, key=KEY, **parts).link


def pay(world: World, link: PaymentLink, number: str = BUYER):
    payment = Payment(link_secret(KEY, link.id), world.person(number))
    with world.database.unit_of_work() as store:
        parts = {"clock": world.clock, "chance": world.chance, "terms": world.terms, "circuits": world.circuits}
        return pay_link(payment, store=store, **parts)


def state(world: World, link: PaymentLink) -> LinkState:
    with world.database.unit_of_work() as store:
        return store.payment_links.get(link.partner_id, str(link.id)).state_at(world.clock.now())


# --- Partners and keys


def test_a_key_says_who_calls_until_it_is_revoked(world: World, shop: Caller) -> None:
    assert (shop.partner.name, shop.account.msisdn) == ("Kamwala Market", msisdn(SHOP))
    world.clock.pass_by(timedelta(seconds=1))
    with world.database.unit_of_work() as store:
        desk = a_desk(world, store)
        key, text = issue_key("Kamwala Market", "office", [Scope.READ], desk)
        caller = who_calls(text, store=store)
        assert caller.key == key
        caller.key.check(Scope.READ)
        with pytest.raises(ScopeMissing):
            caller.key.check(Scope.WRITE)
        revoke_key(key.id, desk)
        with pytest.raises(KeyNeeded):
            who_calls(text, store=store)
        with pytest.raises(NotFound):
            revoke_key(key.id, desk)
        assert [one.label for one in store.partners.keys(shop.partner.id)] == ["till", "office"]
        assert [one.action for one in store.staff_actions.log(before=None, limit=9)] == [
            "partner.revoke",
            "partner.key",
            "partner.key",
            "partner.add",
        ]


def test_the_text_of_a_key_is_stored_nowhere(world: World, shop: Caller) -> None:
    with world.database.unit_of_work() as store:
        _, text = issue_key("Kamwala Market", "office", [Scope.READ], a_desk(world, store))
        assert all(text not in str(key) for key in store.partners.keys(shop.partner.id))


@pytest.mark.parametrize("text", ["", "x", "fk_", "fk_ÿ"])
def test_what_is_no_key_lets_nobody_in(world: World, shop: Caller, text: str) -> None:
    assert shop.key.revoked_at is None
    with world.database.unit_of_work() as store, pytest.raises(KeyNeeded):
        who_calls(text, store=store)


def test_a_partner_whose_account_is_closed_is_nobody(world: World) -> None:
    shop = a_shop(world)
    with world.database.unit_of_work() as store:
        store.accounts.set_password(shop.account.id, "")
        assert store.partners.caller(shop.key.digest) is None


def test_only_admins_let_partners_in_and_under_names_of_their_own(world: World, shop: Caller) -> None:
    assert shop.partner.name == "Kamwala Market"
    with world.database.unit_of_work() as store:
        with pytest.raises(NotAllowed):
            add_partner("Another", msisdn(SHOP), a_desk(world, store, "finance"))
        with pytest.raises(NotFound):
            add_partner("Another", msisdn("0970000099"), a_desk(world, store))
        with pytest.raises(BadInput):
            add_partner(" ", msisdn(SHOP), a_desk(world, store))
        with pytest.raises(BadInput):
            issue_key("Kamwala Market", "till", [], a_desk(world, store))
        with pytest.raises(NotFound):
            issue_key("Another", "till", [Scope.READ], a_desk(world, store))
        assert [one.name for one in store.partners.list()] == ["Kamwala Market"]
    with pytest.raises(Conflict), world.database.unit_of_work() as store:
        add_partner("Kamwala Market", msisdn(SHOP), a_desk(world, store))


# --- Links


def test_a_link_is_paid_into_the_partners_wallet(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    assert state(world, link) is LinkState.OPEN
    transfer = pay(world, link).transfer
    assert (transfer.payee, transfer.amount, transfer.link_id) == (msisdn(SHOP), money("25.50"), link.id)
    assert transfer.description == f"Two chickens {link.number}"
    assert state(world, link) is LinkState.PROCESSING
    world.pass_by(60)
    assert state(world, link) is LinkState.PAID
    assert world.get(transfer).link_id == link.id


def test_whoever_pays_again_gets_the_same_payment_and_anybody_else_is_refused(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    first = pay(world, link)
    for _ in range(2):
        again = pay(world, link)
        assert (again.transfer.id, again.replayed) == (first.transfer.id, True)
        with pytest.raises(RequestClosed):
            pay(world, link, OTHER)
        world.pass_by(60)


def test_a_payment_that_came_to_nothing_leaves_the_link_open(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    pay(world, link, DECLINES)
    world.pass_by(60)
    assert state(world, link) is LinkState.OPEN
    pay(world, link, OTHER)
    world.pass_by(60)
    assert state(world, link) is LinkState.PAID


def test_a_link_lapses_and_can_be_cancelled(world: World, shop: Caller) -> None:
    link, lapsing = make(world, bill(shop)), make(world, bill(shop, key="order 2", hours=1))
    with world.database.unit_of_work() as store:
        cancel_link(link.number, shop, store=store, clock=world.clock)
        assert cancel_link(link.number, shop, store=store, clock=world.clock).cancelled_at == world.clock.now()
    world.clock.pass_by(timedelta(hours=1))
    assert (state(world, link), state(world, lapsing)) == (LinkState.CANCELLED, LinkState.EXPIRED)
    for one in (link, lapsing):
        with pytest.raises(RequestClosed):
            pay(world, one)


def test_what_is_being_paid_is_not_cancelled(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    pay(world, link)
    for _ in range(2):
        with pytest.raises(RequestClosed), world.database.unit_of_work() as store:
            cancel_link(str(link.id), shop, store=store, clock=world.clock)
        world.pass_by(60)


def test_scanning_its_code_with_the_app_pays_it(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    world.send("25.50", payee=SHOP, description=link.note)
    assert state(world, link) is LinkState.PROCESSING
    with pytest.raises(RequestClosed):
        world.send("25.50", payer=OTHER, payee=SHOP, description=link.note)
    world.send("25.51", payer=OTHER, payee=SHOP, description=link.note)


def test_the_same_bill_under_one_key_is_one_link(world: World, shop: Caller) -> None:
    link = make(world, bill(shop))
    assert make(world, bill(shop)).id == link.id
    with pytest.raises(IdempotencyConflict):
        make(world, bill(shop, "25.51"))
    with pytest.raises(BadInput):
        make(world, bill(shop, key=""))


def test_a_bill_that_nobody_could_pay_is_refused(world: World, shop: Caller) -> None:
    for amount in ("0.50", "20000.01"):
        with pytest.raises(BadInput):
            make(world, bill(shop, amount))
    with pytest.raises(BadInput):
        make(world, bill(shop, hours=0))


def test_links_are_listed_in_pages_and_only_to_whose_they_are(world: World, shop: Caller) -> None:
    made = []
    for number in range(3):
        made.append(make(world, bill(shop, key=f"key {number}", reference=f"order {number % 2}")).id)
        world.clock.pass_by(timedelta(seconds=1))
    other = a_shop(world, "Soweto Market", "0970000006")
    with world.database.unit_of_work() as store:
        links = store.payment_links
        first = links.page(shop.partner.id, limit=2)
        assert [one.id for one in first] == made[:0:-1]
        assert [one.id for one in links.page(shop.partner.id, limit=2, before=first[-1].id)] == made[:1]
        assert [one.id for one in links.page(shop.partner.id, limit=9, reference="order 0")] == [made[2], made[0]]
        assert links.page(other.partner.id, limit=9) == links.page(other.partner.id, limit=9, before=made[2]) == []
        with pytest.raises(NotFound):
            links.get(other.partner.id, str(made[0]))
        with pytest.raises(NotFound):
            links.by_secret("0" * 64)


# --- At once


def test_of_many_who_pay_a_link_at_once_one_does(sql_world: World) -> None:
    link = make(sql_world, bill(a_shop(sql_world)))
    for number in range(6):
        sql_world.person(f"096000002{number}")
    results = at_once(6, lambda number: pay(sql_world, link, f"096000002{number}"))
    assert sum(not isinstance(one, Refusal) for one in results) == 1
    assert state(sql_world, link) is LinkState.PROCESSING


def test_one_person_who_taps_many_times_pays_once(sql_world: World) -> None:
    link = make(sql_world, bill(a_shop(sql_world)))
    sql_world.person(BUYER)
    results = at_once(6, lambda _: pay(sql_world, link))
    assert len({one.transfer.id for one in results}) == 1


def test_of_paying_and_cancelling_at_once_one_happens(sql_world: World) -> None:
    shop = a_shop(sql_world)
    sql_world.person(BUYER)
    for number in range(4):
        link = make(sql_world, bill(shop, key=f"key {number}", description=f"Order {number}"))

        def either(place: int, link: PaymentLink = link) -> object:
            if place:
                return pay(sql_world, link)
            with sql_world.database.unit_of_work() as store:
                return cancel_link(str(link.id), shop, store=store, clock=sql_world.clock)

        results = at_once(2, either)
        assert sum(not isinstance(one, Refusal) for one in results) == 1


def test_one_bill_many_times_at_once_is_one_link(sql_world: World) -> None:
    shop = a_shop(sql_world)
    links = at_once(6, lambda _: make(sql_world, bill(shop)))
    assert len({link.id for link in links}) == 1
