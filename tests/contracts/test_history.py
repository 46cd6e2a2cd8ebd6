"""A person's history: what is found in it, page by page, and what it came to, over every store there is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from factories import PAYEE, PAYER, World, msisdn
from flash.domain.account import Account
from flash.domain.contact import Contact
from flash.domain.fees import parse_fees
from flash.domain.history import Place, Span, Totals, Wanted, days, month_of, months
from flash.domain.money import ZMW, Money
from flash.domain.transfer import State
from flash.usecases import history as rules
from flash.usecases.history import Page, Search, find_payments

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def found(world: World, account: Account, *, limit: int = 100, person: str = "", **wanted: Any) -> list[str]:
    """What a search finds, page by page, as descriptions."""
    span = {name: wanted.pop(name) for name in ("sent", "since", "until") if name in wanted}
    search = Search(span=Span(**span), wanted=Wanted(**wanted), person=person)
    return [row.description for page in pages(world, account, search, limit) for row in page.rows]


def pages(world: World, account: Account, search: Search, limit: int) -> list[Page]:
    turned: list[Page] = []
    place: Place | None = None
    while place or not turned:
        with world.database.unit_of_work() as store:
            turned.append(find_payments(account, search, store=store, limit=limit, before=place))
        place = turned[-1].goes_on_after
    return turned


@pytest.fixture
def shop(world: World) -> tuple[World, Account, Account]:
    """Two people who paid each other, and others: each payment says what it is."""
    mutale, chanda = world.person(PAYER, name="Mutale Banda"), world.person(PAYEE, name="Chanda Phiri")
    for payer, payee, description in (
        (PAYER, PAYEE, "rent 100% paid"),
        (PAYER, "0970000009", "School_fees"),
        (PAYEE, PAYER, "Maize, Ŋombe ŊGOMBE"),
        (PAYER, "0970000009", "rent 100x paid"),
    ):
        world.send(payer=payer, payee=payee, description=description, amount="20.00")
        world.pass_by(60)
    world.send(description="under way")
    return world, mutale, chanda


def test_what_is_looked_for_is_found_and_nothing_else(shop: tuple[World, Account, Account]) -> None:
    world, mutale, chanda = shop
    everything = ["under way", "rent 100x paid", "Maize, Ŋombe ŊGOMBE", "School_fees", "rent 100% paid"]
    assert found(world, mutale) == everything
    assert found(world, mutale, sent=False) == ["Maize, Ŋombe ŊGOMBE"]
    assert found(world, mutale, status="completed") == everything[1:]
    assert found(world, mutale, status="pending") == ["under way"]
    assert found(world, mutale, text="ŋgombe") == ["Maize, Ŋombe ŊGOMBE"]
    assert found(world, mutale, text="100%") == ["rent 100% paid"]
    assert found(world, mutale, text="l_f") == ["School_fees"]
    assert found(world, mutale, text="CHANDA", status="completed", sent=True) == ["rent 100% paid"]
    assert found(world, mutale, text="MUTALE") == []
    assert found(world, mutale, text="fl20") == everything
    assert found(world, chanda, text="under") == []
    assert found(world, chanda) == ["Maize, Ŋombe ŊGOMBE", "rent 100% paid"]


def test_a_person_is_found_by_number_by_name_and_by_what_they_are_called_in_contacts(
    shop: tuple[World, Account, Account],
) -> None:
    world, mutale, _ = shop
    with world.database.unit_of_work() as store:
        landlord = Contact(
            id=world.chance.new_id(),
            account_id=mutale.id,
            name="Landlord",
            msisdn=msisdn("0970000009"),
            is_favourite=False,
            created_at=world.clock.now(),
        )
        store.contacts.add(landlord, most=5)
    for person in ("0970000009", "+260 97 0000-009", "landLORD"):
        assert found(world, mutale, person=person) == ["rent 100x paid", "School_fees"]
    assert found(world, mutale, person="phiri") == ["under way", "Maize, Ŋombe ŊGOMBE", "rent 100% paid"]
    assert found(world, mutale, person="nobody") == []
    assert found(world, mutale, person="097000000") == []


def test_a_stretch_of_time_includes_its_first_and_last_day(world: World) -> None:
    """Midnight in Zambia is 22:00 UTC."""
    me = world.person()
    for hours in (0, 11, 13, 35, 37):  # From 10:00 UTC on the 23rd.
        world.clock.pass_by(START + timedelta(hours=hours) - world.clock.now())
        world.send(amount=f"{hours + 1}.00", description=str(hours))
    since, until = days(date(2026, 11, 24), date(2026, 11, 24))
    assert found(world, me, since=since, until=until) == ["35", "13"]
    assert found(world, me, since=since) == ["37", "35", "13"]
    assert found(world, me, until=until) == ["35", "13", "11", "0"]


def test_pages_lose_and_repeat_nothing_while_payments_arrive(world: World) -> None:
    me = world.person()
    ids = [world.send(f"{10 + number}.00").id for number in range(7)]
    seen: list[Any] = []
    place: Place | None = None
    while place or not seen:
        with world.database.unit_of_work() as store:
            search = Search(span=Span(), wanted=Wanted())
            page = find_payments(me, search, store=store, limit=3, before=place)
        seen += [row.id for row in page.rows]
        place = page.goes_on_after
        world.clock.pass_by(timedelta(seconds=1))
        world.send(f"{100 + len(seen)}.00")
    assert sorted(seen) == sorted(ids)


def test_no_page_looks_at_more_than_its_share_and_the_search_still_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "GLANCE", 2)
    monkeypatch.setattr(rules, "MOST_LOOKED_AT", 4)
    me = world.person()
    for number in range(10):
        world.clock.pass_by(timedelta(seconds=1))
        world.send(f"{10 + number}.00", description="rare" if number == 0 else "often")
    turned = pages(world, me, Search(span=Span(), wanted=Wanted(text="rare")), 5)
    assert [len(page.rows) for page in turned] == [0, 0, 1]
    assert len(found(world, me, text="often", limit=2)) == 9


def test_the_id_of_somebody_elses_payment_leads_nowhere_like_one_that_is_not(world: World) -> None:
    stranger = world.person("0960000009")
    world.send("10.00", payer="0960000009")
    world.clock.pass_by(timedelta(seconds=1))
    other = world.send("20.00")
    with world.database.unit_of_work() as store:
        for name in (other.id, world.chance.new_id()):
            assert store.history.page(stranger, Span(), limit=5, before=name) == []


def test_what_months_came_to(world: World) -> None:
    world.terms = type(world.terms)(world.terms.routes, world.terms.limits, parse_fees("500.00: 1.00", ZMW))
    me, friend = world.person(), world.person(PAYEE)
    world.send("10.00")
    world.pass_by(60)
    world.clock.pass_by(timedelta(days=10))  # December.
    for amount in ("20.00", "30.00"):
        world.send(amount)
        world.pass_by(60)
    world.cancel(world.send("40.00"))
    world.send("50.00")
    asked = months(month_of(date(2026, 10, 1)), month_of(date(2026, 12, 1)))
    with world.database.unit_of_work() as store:
        mine, theirs = store.history.totals(me, asked), store.history.totals(friend, asked)
        before = store.history.came_to(me, START + timedelta(days=5))
    ten, fifty, fee = Money(1000), Money(5000), Money(100)
    assert mine == [
        Totals(),
        Totals(sent_count=1, sent=ten, fees=fee),
        Totals(sent_count=2, sent=fifty, fees=fee + fee),
    ]
    assert theirs == [
        Totals(),
        Totals(received_count=1, received=ten),
        Totals(received_count=2, received=fifty),
    ]
    assert before == Totals(sent_count=1, sent=ten, fees=fee)


def test_a_transfer_that_has_ended_changed_last_when_it_ended(world: World) -> None:
    """What a statement goes by."""
    for amount in ("10.00", "13.00"):
        done = world.send(amount)
        world.pass_by(60)
        dossier = world.file(done).dossier
        assert dossier.transfer.final
        assert dossier.transfer.updated_at == dossier.steps[-1].at


def test_what_ended_is_told_in_the_order_of_its_end(world: World) -> None:
    me, friend = world.person(), world.person(PAYEE)
    for amount in ("10.00", "20.00", "30.00"):
        world.send(amount)
        world.pass_by(60)
    world.send("40.00")
    with world.database.unit_of_work() as store:
        first = store.history.ended(me, Span(), limit=2, after=None)
        rest = store.history.ended(me, Span(), limit=2, after=Place(first[-1].updated_at, first[-1].id))
        theirs = store.history.ended(friend, Span(since=first[1].updated_at), limit=9, after=None)
    assert [str(row.amount) for row in (*first, *rest)] == ["10.00", "20.00", "30.00"]
    assert [str(row.amount) for row in theirs] == ["20.00", "30.00"]
    assert all(row.state is State.COMPLETED for row in rest)


def test_an_owner_of_a_freed_number_is_told_nothing_from_before(sql_world: World) -> None:
    world = sql_world
    world.send("10.00")
    world.pass_by(60)
    friend = world.person(PAYEE)
    newcomer = Account(
        id=friend.id,
        msisdn=friend.msisdn,
        full_name="",
        password_hash="",
        created_at=world.clock.now(),
        history_from=world.clock.now(),
    )
    asked = months(month_of(date(2026, 11, 1)), month_of(date(2026, 11, 1)))
    with world.database.unit_of_work() as store:
        assert store.history.page(newcomer, Span(), limit=9) == []
        assert store.history.ended(newcomer, Span(), limit=9, after=None) == []
        assert store.history.totals(newcomer, asked) == [Totals()]
        assert store.history.came_to(newcomer, world.clock.now()) == Totals()


def test_marks_change_when_a_person_would_see_a_change(world: World) -> None:
    transfer = world.send()

    def mark() -> str:
        with world.database.unit_of_work() as store:
            return store.history.marks({transfer.id, world.chance.new_id()})[transfer.id]

    seen = [mark()]
    for _ in range(60):
        world.pass_by(1)
        seen.append(mark())
    assert len(set(seen)) == 4  # Collected and paying out within one sweep.
    assert seen == sorted(seen)
