"""What a store promises about profiles, PINs, contacts, invites and what staff did, over every store there is."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from factories import World, at_once, money, msisdn
from flash.domain.account import Freed, Token
from flash.domain.contact import Contact
from flash.domain.errors import Conflict, NotFound, Refusal
from flash.domain.invite import INVITE_LIFE, INVITES_EACH, Invite, code_from
from flash.domain.pin import FREE_TRIES, Pin, locked_until
from flash.domain.profile import Profile
from flash.domain.staff_action import StaffAction
from flash.usecases.send_money import Order, send_money
from plans import plan_of

DAY, YEAR = date(2026, 11, 25), timedelta(days=365)
FRIEND, OTHER_FRIEND = msisdn("0970000002"), msisdn("0970000003")


def unit(world: World):
    return world.database.unit_of_work()


# --- Profiles


def test_a_profile_has_defaults_and_changes_only_where_it_is_told(world: World) -> None:
    account = world.person()
    with unit(world) as store:
        assert store.profiles.get(account.id) == Profile(account_id=account.id)
        store.profiles.change(account.id, {"address": "Cairo Road"})
        store.profiles.change(account.id, {"date_of_birth": date(1990, 12, 31), "auto_lock_minutes": 30})
    with unit(world) as store:
        assert store.profiles.get(account.id) == Profile(
            account_id=account.id, address="Cairo Road", date_of_birth=date(1990, 12, 31), auto_lock_minutes=30
        )
        store.profiles.remove(account.id)
        assert store.profiles.get(account.id).address == ""


# --- PINs


def a_pin(world: World, **more) -> Pin:
    account = world.person()
    return Pin(account_id=account.id, hash="h", key_version=1, changed_at=world.clock.now(), **more)


def test_a_pin_is_put_in_place_of_the_one_that_is_known(world: World) -> None:
    pin = a_pin(world)
    other = replace(pin, hash="other")
    with unit(world) as store:
        assert store.pins.get(pin.account_id) is None
        assert not store.pins.put(pin, instead_of="none")
        assert store.pins.put(pin, instead_of=None)
        assert not store.pins.put(other, instead_of=None)
        assert store.pins.put(other, instead_of="h")
    with unit(world) as store:
        assert store.pins.get(pin.account_id) == other
        store.pins.remove(pin.account_id)
        assert store.pins.get(pin.account_id) is None


def test_each_try_is_counted_and_locks_as_the_rule_says(world: World) -> None:
    pin, now = a_pin(world), world.clock.now()
    with unit(world) as store:
        assert store.pins.take_try(pin.account_id, now) is None
        store.pins.put(pin, instead_of=None)
        for tries in range(1, FREE_TRIES + 8):
            expected = replace(pin, tries=tries, locked_until=locked_until(tries, now))
            assert store.pins.take_try(pin.account_id, now) == expected
            if expected.locked_until is not None:
                just_before = expected.locked_until - timedelta(microseconds=1)
                assert store.pins.take_try(pin.account_id, just_before) is None
                now = expected.locked_until
        store.pins.forget_tries(pin.account_id)
        assert store.pins.get(pin.account_id) == pin


def test_a_pin_gives_five_tries_however_many_guess_at_once(sql_world: World) -> None:
    world = sql_world
    pin = a_pin(world)
    with unit(world) as store:
        store.pins.put(pin, instead_of=None)

    def take(_: int) -> bool:
        with unit(world) as store:
            return store.pins.take_try(pin.account_id, world.clock.now()) is not None

    assert at_once(8, take).count(True) == FREE_TRIES
    assert at_once(8, take).count(True) == 0


# --- Contacts


def a_contact(world: World, name: str = "Chanda", number: str = FRIEND.e164, **more) -> Contact:
    values = {"is_favourite": False, "account_id": world.person().id, **more}
    return Contact(id=world.chance.new_id(), name=name, msisdn=msisdn(number), created_at=world.clock.now(), **values)


def add(world: World, *many: Contact, most: int = 1000) -> None:
    for one in many:
        with unit(world) as store:
            store.contacts.add(one, most=most)


def test_favourites_come_first_and_then_names_whatever_their_case_page_by_page(world: World) -> None:
    names = ["zoe", "Ada", "ada b", "Éva", "ßen", "Bo"]
    added = [a_contact(world, name, f"+26097000010{place}") for place, name in enumerate(names)]
    favourite = a_contact(world, "Zulu", "+260970000110", is_favourite=True)
    somebody_elses = a_contact(world, account_id=world.person("0970000009").id)
    add(world, *added, favourite, somebody_elses)
    account = world.person()
    with unit(world) as store:
        everything = list(store.contacts.list(account.id, after=None, limit=100))
        pages, last = [], None
        while page := list(store.contacts.list(account.id, after=last, limit=3)):
            pages += page
            last = page[-1].id
        assert store.contacts.list(account.id, after=somebody_elses.id, limit=3) in ([], ())
        assert store.contacts.by_msisdn(account.id, favourite.msisdn) == favourite
        assert store.contacts.by_msisdn(account.id, msisdn("0970000999")) is None
    assert [one.name for one in everything] == ["Zulu", "Ada", "ada b", "Bo", "ßen", "zoe", "Éva"]
    assert pages == everything


def test_a_contact_is_changed_and_removed_by_its_owner_only(world: World) -> None:
    contact, stranger = a_contact(world), world.person("0970000009")
    add(world, contact)
    with unit(world) as store:
        with pytest.raises(NotFound):
            store.contacts.get(stranger.id, contact.id)
        assert not store.contacts.remove(stranger.id, contact.id)
        changed = replace(store.contacts.get(contact.account_id, contact.id), name="Bwalya", is_favourite=True)
        store.contacts.save(changed)
    with unit(world) as store:
        assert store.contacts.get(contact.account_id, contact.id) == changed
        assert store.contacts.remove(contact.account_id, contact.id)
        assert not store.contacts.remove(contact.account_id, contact.id)


def test_a_number_is_once_in_a_list_and_may_be_in_the_list_of_another(world: World) -> None:
    contact = a_contact(world)
    other = a_contact(world, number=OTHER_FRIEND.e164)
    add(world, contact, other, a_contact(world, account_id=world.person("0970000009").id))
    for again in (a_contact(world), replace(other, msisdn=FRIEND)):

        def store_again(again: Contact = again) -> None:
            with unit(world) as store:
                store.contacts.save(again) if again.id == other.id else store.contacts.add(again, most=1000)

        with pytest.raises(Conflict, match="this number already"):
            store_again()
    with unit(world) as store:
        store.contacts.remove_all(contact.account_id)
        assert not store.contacts.list(contact.account_id, after=None, limit=10)


def test_a_list_never_has_more_than_the_most_however_many_add_at_once(sql_world: World) -> None:
    world = sql_world
    several = [a_contact(world, number=f"+26097000020{place}") for place in range(8)]
    results = at_once(8, lambda place: add(world, several[place], most=5))
    assert [isinstance(one, Refusal) for one in results].count(True) == 3
    with unit(world) as store:
        assert len(store.contacts.list(world.person().id, after=None, limit=10)) == 5


def test_one_number_added_many_times_at_once_is_there_once(sql_world: World) -> None:
    world = sql_world
    several = [a_contact(world) for _ in range(8)]
    results = at_once(8, lambda place: add(world, several[place]))
    assert results.count(None) == 1


A_HUNDRED_THOUSAND = """
    INSERT INTO contacts (id, account_id, name, msisdn, is_favourite, sort_key, created_at)
    WITH RECURSIVE many(i) AS (SELECT 100001 UNION ALL SELECT i + 1 FROM many WHERE i < 200000)
    SELECT {id}, accounts.id, 'n', i, false, '1name ' || i, accounts.created_at FROM many, accounts
"""
IDS = {"postgresql": "lpad(i::text, 32, '0')::uuid", "sqlite": "printf('%032d', i)"}


def test_the_first_of_a_hundred_thousand_contacts_are_read_from_an_index(sql_world: World) -> None:
    engine, account = sql_world.database.engine, sql_world.person()
    with engine.begin() as connection:
        connection.exec_driver_sql(A_HUNDRED_THOUSAND.format(id=IDS[engine.dialect.name]))
        connection.exec_driver_sql("ANALYZE")
    for after in (None, UUID("0" * 26 + "150000")):

        def read(after: UUID | None = after) -> None:
            with sql_world.database.snapshot() as store:
                page = store.contacts.list(account.id, after=after, limit=200)
            assert [one.id.int for one in page][::199] == [
                int(f"{place}", 16) for place in ((100001, 100200) if after is None else (150001, 150200))
            ]

        plan = plan_of(engine, read)
        assert "ix_contacts_account_id_sort_key_id" in plan
        assert "sort" not in plan.lower().replace("sort_key", "")


# --- Invites


def an_invite(world: World, slot: int = 1, **more) -> Invite:
    values = {"account_id": world.person().id, "code": code_from(world.chance.new_id().int), **more}
    return Invite(id=world.chance.new_id(), slot=slot, created_at=world.clock.now(), **values)


def join(world: World, invite: Invite, number: str, *, code: str | None = None) -> bool:
    account, now = world.person(number, name="Bwalya Tembo"), world.clock.now()
    with unit(world) as store:
        return store.invites.join(code or invite.code, account.id, now, shared_after=now - INVITE_LIFE)


def test_an_invite_comes_out_as_it_went_in_and_shows_who_joined(world: World) -> None:
    invite, now = an_invite(world), world.clock.now()
    with unit(world) as store:
        assert store.invites.add(invite)
        assert store.invites.share(invite.id, now, FRIEND)
        assert not store.invites.share(invite.id, now, OTHER_FRIEND)
        assert store.invites.by_code(invite.code) == replace(invite, shared_at=now, sent_to=FRIEND)
        assert store.invites.by_code("ABCDEF") is None
    assert join(world, invite, "0970000004")
    joiner = world.person("0970000004")
    with unit(world) as store:
        (row,) = store.invites.of(invite.account_id)
        assert (row.name, row.msisdn) == ("Bwalya Tembo", joiner.msisdn)
        assert (row.invite.joined_id, row.invite.joined_at) == (joiner.id, now)
        store.invites.remove_all(joiner.id)
        (row,) = store.invites.of(invite.account_id)
        assert (row.name, row.msisdn, row.invite.joined_at) == ("", None, now)
        store.invites.remove_all(invite.account_id)
        assert not store.invites.of(invite.account_id)


def test_a_code_and_a_slot_exist_once(world: World) -> None:
    invite, same_slot, other = an_invite(world), an_invite(world, slot=1), an_invite(world, slot=2)
    with unit(world) as store:
        assert store.invites.add(invite)
        assert not store.invites.add(same_slot)
        assert not store.invites.add(replace(other, code=invite.code))
        assert store.invites.add(other)


def test_nobody_joins_with_a_code_that_is_wrong_used_or_expired(world: World) -> None:
    fresh, shared, old = (an_invite(world, slot) for slot in (1, 2, 3))
    with unit(world) as store:
        for invite in (fresh, shared, old):
            store.invites.add(invite)
        store.invites.share(old.id, world.clock.now(), None)
    world.clock.pass_by(INVITE_LIFE)
    with unit(world) as store:
        store.invites.share(shared.id, world.clock.now(), None)
    assert not join(world, fresh, "0970000004", code="ABCDEF")
    assert not join(world, old, "0970000004")
    assert join(world, fresh, "0970000004")
    assert not join(world, fresh, "0970000005")
    assert join(world, shared, "0970000005")


def test_an_invite_is_used_once_however_many_join_at_once(sql_world: World) -> None:
    world = sql_world
    invite = an_invite(world)
    with unit(world) as store:
        store.invites.add(invite)
    for place in range(8):
        world.person(f"097000030{place}")
    assert at_once(8, lambda place: join(world, invite, f"097000030{place}")).count(True) == 1


def test_nobody_has_more_invites_than_slots(sql_world: World) -> None:
    world = sql_world
    several = [an_invite(world, slot=place % INVITES_EACH + 1) for place in range(10)]

    def store_one(place: int) -> bool:
        with unit(world) as store:
            return store.invites.add(several[place])

    assert at_once(10, store_one).count(True) == INVITES_EACH


# --- What staff did


def test_the_log_of_staff_is_read_latest_first_and_page_by_page(world: World) -> None:
    with unit(world) as store:
        for place in range(5):
            store.staff_actions.add(
                StaffAction(staff_id=None, at=world.clock.now(), action="tier.change", subject=str(place), before="1")
            )
    with unit(world) as store:
        latest = list(store.staff_actions.log(before=None, limit=3))
        rest = list(store.staff_actions.log(before=latest[-1].number, limit=3))
    assert [one.subject for one in latest + rest] == ["4", "3", "2", "1", "0"]
    assert (rest[-1].staff_id, rest[-1].at, rest[-1].before) == (None, world.clock.now(), "1")


# --- People


def test_sign_ins_are_listed_newest_first_until_they_end(world: World) -> None:
    account, now = world.person(), world.clock.now()
    with unit(world) as store:
        for place, name in enumerate(("a", "b", "c", "d")):
            at = now + timedelta(seconds=place)
            token = Token(
                digest=name, account_id=account.id, created_at=at, expires_at=at + timedelta(1), device=f"phone {name}"
            )
            store.accounts.add_token(token)
        store.accounts.revoke_token("b", now)
        assert [one.digest for one in store.accounts.tokens(account.id, now, limit=2)] == ["d", "c"]
        assert store.accounts.tokens(account.id, now, limit=9)[0] == token
        store.accounts.revoke_all_tokens(account.id, now, but="c")
        assert [one.digest for one in store.accounts.tokens(account.id, now, limit=9)] == ["c"]
        assert not store.accounts.tokens(account.id, now + timedelta(2), limit=9)


def test_details_and_tier_change_where_they_are_told(world: World) -> None:
    account = world.person()
    with unit(world) as store:
        store.accounts.set_details(account.id)
        store.accounts.set_details(account.id, email="m@flash.example")
        assert store.accounts.set_tier(account.id, 2, instead_of=1)
        assert not store.accounts.set_tier(account.id, 3, instead_of=1)
    assert world.person() == replace(account, email="m@flash.example", tier=2)


def test_an_account_is_locked_once_and_unlocked_once(world: World) -> None:
    account, now = world.person(), world.clock.now()
    with unit(world) as store:
        assert store.accounts.set_locked(account.id, now)
        assert not store.accounts.set_locked(account.id, now + timedelta(1))
    assert world.person() == replace(account, locked_at=now)
    with unit(world) as store:
        assert store.accounts.set_locked(account.id, None)
        assert not store.accounts.set_locked(account.id, None)
    assert world.person() == account


def test_a_closed_account_gives_its_number_back(world: World) -> None:
    account = world.person()
    with unit(world) as store:
        store.accounts.hold(account.id)
        freed = Freed(world.clock.now(), DAY, money("12.00"))
        store.accounts.close(account.id, "digest", freed)
        assert store.accounts.freed("another") is None
    with unit(world) as store:
        assert store.accounts.by_msisdn(account.msisdn) is None
        assert store.accounts.freed("digest") == freed
        now = world.clock.now()
        late = Token(digest="d", account_id=account.id, created_at=now, expires_at=now + timedelta(days=1))
        store.accounts.add_token(late)
        assert store.accounts.by_token("d", now) is None
    assert world.person().id != account.id


def test_what_was_carried_over_counts_on_that_day_and_is_nobodys_reservation(world: World) -> None:
    account, limit = world.person(), money("100.00")
    with unit(world) as store:
        store.day_limits.carry(account.id, DAY, money("70.00"))
        assert store.day_limits.reserve(account.id, DAY, money("40.00"), limit) is None
        assert store.day_limits.reserve(account.id, DAY, money("30.00"), limit) == DAY
        assert store.day_limits.used(account.id, DAY) == limit
        assert list(store.day_limits.all_used()) == [(account.id, DAY, 3000)]
        store.day_limits.give_back(account.id, DAY, money("30.00"))
        assert store.day_limits.used(account.id, DAY) == money("70.00")
        tomorrow = DAY + timedelta(days=1)
        assert store.day_limits.reserve(account.id, tomorrow, limit, limit) == tomorrow
        assert store.day_limits.used(account.id, tomorrow) == limit


def test_a_password_that_was_replaced_is_not_kept(world: World) -> None:
    account = world.person()
    with unit(world) as store:
        assert store.accounts.keeps_password(account)
        store.accounts.set_password(account.id, "another")
        assert not store.accounts.keeps_password(account)


def test_no_sign_in_with_the_password_of_before_survives_a_reset(sql_world: World) -> None:
    world, account, now = sql_world, sql_world.person(), sql_world.clock.now()

    def reset_or_sign_in(number: int) -> None:
        with unit(world) as store:
            if number == 0:
                store.accounts.set_password(account.id, "another")
                store.accounts.revoke_all_tokens(account.id, now)
            elif store.accounts.keeps_password(account):
                token = Token(digest=str(number), account_id=account.id, created_at=now, expires_at=now + YEAR)
                store.accounts.add_token(token)

    at_once(8, reset_or_sign_in)
    with unit(world) as store:
        assert [number for number in range(8) if store.accounts.by_token(str(number), now)] == []


def test_whoever_pays_is_not_closed_before_the_payment_is_known(sql_world: World) -> None:
    world, account, now = sql_world, sql_world.person(), sql_world.clock.now()
    token = Token(digest="d", account_id=account.id, created_at=now, expires_at=now + YEAR)
    with unit(world) as store:
        store.accounts.add_token(token)

    def leave_or_pay(number: int) -> str:
        with unit(world) as store:
            if number:
                if store.accounts.by_token("d", now, stays=True) is None:
                    return "gone"
                order = Order(payer=account, payee=FRIEND, amount=money(f"{number}.00"))
                parts = {"clock": world.clock, "chance": world.chance, "terms": world.terms, "circuits": world.circuits}
                send_money(order, store=store, **parts)
                return "paid"
            store.accounts.hold(account.id)
            if store.transfers.any_under_way(account):
                return "stayed"
            store.accounts.close(account.id, "digest", Freed(now, DAY, money("0.00")))
            return "left"

    told = at_once(4, leave_or_pay)
    assert told in (["stayed", "paid", "paid", "paid"], ["left", "gone", "gone", "gone"])
