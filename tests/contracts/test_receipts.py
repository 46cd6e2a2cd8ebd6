"""What a store promises of receipts and of people's languages, over every store there is."""

from datetime import timedelta
from uuid import uuid4

import pytest

from factories import KEY, PAYEE, PAYER, WORDS, World, at_once, msisdn
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.domain.account import Freed
from flash.domain.message import LONGEST_TEXT, Kind, a_message, fits
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Reason
from flash.domain.receipt import Standing, packed, receipt_of
from flash.domain.seal import code_of
from flash.domain.text import Language, Text
from flash.domain.transfer import State
from flash.domain.words import REASONS, News
from flash.ports.receipts import Checks
from flash.usecases.check_receipt import Checked, NoSuchPayment, check_receipt
from flash.usecases.deliver_messages import Postman

SEALS = Ed25519Seals({1: b"a secret of the tests"})


def completed(world: World):
    transfer = world.send("25.50")
    world.pass_by(45)
    return world.get(transfer)


def facts(world: World, number: str):
    with world.database.unit_of_work() as store:
        return store.receipts.facts(number)


def code(world: World, number: str) -> str:
    return code_of(SEALS.seal(packed(receipt_of(facts(world, number)[1]))))


def check(world: World, name: str) -> Checked:
    with world.database.unit_of_work() as store:
        return check_receipt(name, store=store, seals=SEALS, clock=world.clock)


def speaks(world: World, number: str, language: Language | None) -> None:
    person = world.person(number)
    with world.database.unit_of_work() as store:
        store.accounts.set_language(person.id, language)


def test_a_payment_is_found_by_its_number_as_a_receipt_tells_of_it(world):
    transfer = completed(world)
    found = facts(world, transfer.number)
    assert found[0] == transfer.id
    told = found[1]
    assert (told.number, told.amount, told.payee) == (transfer.number, transfer.amount, transfer.payee)
    assert (told.state, told.created_at, told.updated_at) == (
        State.COMPLETED,
        transfer.created_at,
        transfer.updated_at,
    )
    assert facts(world, "FL20261123ZZZZZZZZZZ") is None


def test_the_first_check_is_remembered_and_all_are_counted(world):
    transfer = completed(world)
    first_at = world.clock.now()
    for before in range(3):
        checked = check(world, transfer.number)
        assert checked.checks == Checks(before, first_at)
        world.clock.pass_by(timedelta(minutes=5))
    assert check(world, code(world, transfer.number)).checks == Checks(3, first_at)


def test_who_is_told_at_the_same_moment_is_told_different_counts(sql_world):
    transfer = completed(sql_world)
    found = at_once(8, lambda _: check(sql_world, transfer.number).checks)
    assert sorted(checks.before for checks in found) == list(range(8))
    assert {checks.first_at for checks in found} == {sql_world.clock.now()}


def test_a_check_that_says_not_yet_is_not_counted(world):
    transfer = world.send("25.50")
    sealed = code(world, transfer.number)
    before = check(world, sealed)
    assert (before.now.standing, before.checks, before.changed) == (Standing.NOT_YET, None, False)
    world.pass_by(45)
    after = check(world, sealed)
    assert (after.now.standing, after.issued.standing, after.changed) == (Standing.PAID_OUT, Standing.NOT_YET, True)
    assert after.checks.before == 0


@pytest.mark.parametrize(("payee", "standing"), [("0970000071", Standing.RETURNED), (PAYEE, Standing.PAID_OUT)])
def test_a_code_made_early_tells_how_it_ended(world, payee, standing):
    transfer = world.send("25.50", payee=payee)
    sealed = code(world, transfer.number)
    world.pass_by(60)
    assert check(world, sealed).now.standing is standing


def test_a_genuine_code_of_a_payment_that_is_not_here_is_unknown_and_not_paid(world):
    transfer = completed(world)
    sealed = code(world, transfer.number)
    found = check(World(), sealed)
    assert (found.now.standing, found.issued.standing) == (Standing.UNKNOWN, Standing.PAID_OUT)
    assert (found.checks, found.changed) == (None, False)
    with pytest.raises(NoSuchPayment):
        check(World(), transfer.number)


def test_a_genuine_code_whose_number_is_another_payment_here_is_unknown_too(world):
    transfer = completed(world)
    told = receipt_of(facts(world, transfer.number)[1])
    for other in ({"amount": told.amount + told.amount}, {"last_digits": "999"}):
        forged = type(told)(**{name: getattr(told, name) for name in told.__slots__} | other)
        assert check(world, code_of(SEALS.seal(packed(forged)))).now.standing is Standing.UNKNOWN


def test_a_person_is_spoken_to_in_their_language(world):
    assert world.person().language is None
    for language in (Language.BEMBA, Language.NYANJA, None):
        speaks(world, PAYER, language)
        assert world.person().language is language


def test_whoever_leaves_leaves_no_language(world):
    person = world.person()
    speaks(world, PAYER, Language.BEMBA)
    with world.database.unit_of_work() as store:
        store.accounts.close(person.id, "digest", Freed(world.clock.now(), None, Money(0)))
        left = store.accounts.by_msisdn(Msisdn(f"-{person.id.hex[:15]}"))
    assert (left.id, left.full_name, left.language) == (person.id, "", None)


def test_each_is_told_the_outcome_in_their_own_language(world):
    world.person(PAYEE, name="Chanda Phiri")
    speaks(world, PAYER, Language.BEMBA)
    transfer = completed(world)
    speaks(world, PAYEE, Language.NYANJA)
    assert world.texts(PAYER) == [f"Mwatuma K25.50 kuli {transfer.payee}. Ref {transfer.number}"]
    assert world.texts(PAYEE) == [f"Mwalandira K25.50 kuchokera kwa {transfer.payer}. Ref {transfer.number}"]


def test_the_reason_is_told_in_the_same_language(world):
    speaks(world, "0960000062", Language.NYANJA)
    world.send("25.50", payer="0960000062")
    world.pass_by(60)
    (text,) = world.texts("0960000062")
    assert WORDS.say(Language.NYANJA, Text(REASONS[Reason.PAYER_REFUSED])) in text


def deliver(world: World, public_url: str) -> None:
    unit_of_work = world.database.unit_of_work
    Postman(
        unit_of_work=unit_of_work,
        messenger=world.messenger,
        clock=world.clock,
        key=KEY,
        words=WORDS,
        public_url=public_url,
    ).deliver(most=10)


@pytest.mark.parametrize("language", Language)
def test_a_completed_payment_is_told_with_the_address_that_checks_it(world, language):
    speaks(world, PAYER, language)
    transfer = completed(world)
    deliver(world, "https://flash.example")
    for text in (*world.texts(PAYER), *world.texts(PAYEE)):
        assert text.endswith(f" https://flash.example/verify/{transfer.number}")
        assert len(text) <= LONGEST_TEXT


def test_an_address_that_does_not_fit_gives_way_to_the_number(world):
    transfer = world.send("25.50", description="x" * 60)
    world.pass_by(45)
    deliver(world, "https://a-very-long-name-of-a-place.flash.example")
    (received,) = world.texts(PAYEE)
    assert received.endswith(f"({'x' * 60}). Ref {transfer.number}")


def test_what_does_not_fit_in_a_language_is_told_in_english(world):
    speaks(world, PAYER, Language.NYANJA)
    text = Text(News.SENT, {"amount": "K1.00", "payee": "x" * 135, "ref": "z"})
    message = a_message(uuid4(), Kind.OUTCOME, msisdn(PAYER), text, world.clock.now())
    assert not fits(WORDS.say(Language.NYANJA, text))
    with world.database.unit_of_work() as store:
        store.outbox.put(message)
    assert world.texts(PAYER) == [text.english]
