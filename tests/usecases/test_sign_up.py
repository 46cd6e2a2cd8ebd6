"""Proving a phone, registering with it, signing in and out."""

import re
from datetime import timedelta

import pytest

from factories import KEY, PASSWORDS, PAYER, World, msisdn
from flash.domain.account import CODE_LIFE, CODE_TRIES, PROOF_LIFE, RESEND_AFTER, TOKEN_LIFE
from flash.domain.errors import BadInput, NotSignedIn, TooSoon
from flash.usecases.sign_in import sign_in, sign_out, who_is
from flash.usecases.sign_up import Registration, prove_phone, register, send_code

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
NUMBER, OTHER_NUMBER = msisdn(PAYER), msisdn("0960000009")
TICK = timedelta(microseconds=1)


class Door:
    """Everything a person does before they are signed in."""

    def __init__(self):
        self.world = World()
        self.clock = self.world.clock

    def send_code(self, number=NUMBER):
        """Have a code sent, and read it from the phone."""
        with self.world.database.unit_of_work() as store:
            shown = send_code(number, store=store, clock=self.clock, chance=self.world.chance, key=KEY)
        read = re.match(r"\d{6}", self.world.texts(number.e164)[-1]).group()
        assert read == shown
        return read

    def prove(self, code, number=NUMBER, origin=HERE):
        unit_of_work = self.world.database.unit_of_work
        prove_phone(number, code, origin, unit_of_work=unit_of_work, clock=self.clock, key=KEY)

    def register(self, *, number=NUMBER, password="secret", again=None, name="Mutale Banda", origin=HERE):
        wish = Registration(
            msisdn=number, password=password, password_again=again or password, full_name=name, origin=origin
        )
        with self.world.database.unit_of_work() as store:
            return register(wish, store=store, clock=self.clock, chance=self.world.chance, passwords=PASSWORDS, key=KEY)

    def enter(self, **wish):
        """Prove the phone and register with it."""
        self.prove(self.send_code())
        return self.register(**wish)

    def sign_in(self, password="secret", number=NUMBER):
        with self.world.database.unit_of_work() as store:
            return sign_in(
                number, password, store=store, clock=self.clock, chance=self.world.chance, passwords=PASSWORDS
            )

    def sign_out(self, token):
        with self.world.database.unit_of_work() as store:
            sign_out(token, store=store, clock=self.clock)

    def who_is(self, token):
        with self.world.database.unit_of_work() as store:
            return who_is(token, store=store, clock=self.clock)


@pytest.fixture
def door():
    return Door()


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


# The code


def test_who_proves_their_phone_can_register_and_is_signed_in(door):
    account, token = door.enter()
    assert (account.msisdn, account.full_name, account.tier) == (NUMBER, "Mutale Banda", 1)
    assert door.who_is(token) == account


def test_a_code_is_not_stored_in_clear(door):
    code = door.send_code()
    with door.world.database.unit_of_work() as store:
        assert code not in str(store.tables)


def test_the_last_of_five_tries_may_be_right(door):
    code = door.send_code()
    for _ in range(CODE_TRIES - 1):
        with pytest.raises(BadInput):
            door.prove(wrong(code))
    door.prove(code)
    assert door.register()[0].msisdn == NUMBER


def test_after_five_wrong_codes_the_right_one_is_refused_too(door):
    code = door.send_code()
    for _ in range(CODE_TRIES):
        with pytest.raises(BadInput):
            door.prove(wrong(code))
    with pytest.raises(BadInput, match="wrong or has expired"):
        door.prove(code)


def test_a_code_is_good_for_five_minutes(door):
    code = door.send_code()
    door.clock.pass_by(CODE_LIFE - TICK)
    door.prove(code)


def test_a_code_that_is_five_minutes_old_is_refused(door):
    code = door.send_code()
    door.clock.pass_by(CODE_LIFE)
    with pytest.raises(BadInput):
        door.prove(code)


def test_a_code_is_good_once(door):
    code = door.send_code()
    door.prove(code)
    with pytest.raises(BadInput):
        door.prove(code)


@pytest.mark.parametrize("typed", ["", "0", "000000000000", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused(door, typed):
    door.send_code()
    with pytest.raises(BadInput) as refusal:
        door.prove(typed)
    assert refusal.value.field == "otp_code"


def test_a_code_proves_the_phone_it_was_sent_to_and_no_other(door):
    code = door.send_code()
    door.clock.pass_by(RESEND_AFTER)
    door.send_code(OTHER_NUMBER)
    with pytest.raises(BadInput):
        door.prove(code, OTHER_NUMBER)


def test_no_code_was_ever_sent_so_none_is_right(door):
    with pytest.raises(BadInput):
        door.prove("123456")


def test_a_second_code_comes_after_30_seconds_and_not_before(door):
    first = door.send_code()
    door.clock.pass_by(RESEND_AFTER - TICK)
    with pytest.raises(TooSoon) as refusal:
        door.send_code()
    assert refusal.value.wait == RESEND_AFTER
    door.clock.pass_by(TICK)
    second = door.send_code()
    with pytest.raises(BadInput):
        door.prove(first)
    door.prove(second)


def test_the_message_says_how_long_the_code_is_good_and_to_keep_it_secret(door):
    door.send_code()
    (text,) = door.world.texts(NUMBER.e164)
    assert "valid for 5 minutes. Never tell it to anybody" in text


def test_asking_for_a_code_tells_nobody_whether_there_is_an_account(door):
    door.enter()
    door.clock.pass_by(RESEND_AFTER)
    known, unknown = door.send_code(NUMBER), door.send_code(OTHER_NUMBER)
    texts = [door.world.texts(number.e164)[-1] for number in (NUMBER, OTHER_NUMBER)]
    assert texts[0].replace(known, "") == texts[1].replace(unknown, "")


# The proof


def test_a_proof_is_good_for_two_minutes(door):
    door.prove(door.send_code())
    door.clock.pass_by(PROOF_LIFE - TICK)
    assert door.register()[0].msisdn == NUMBER


def test_a_proof_that_is_two_minutes_old_is_refused(door):
    door.prove(door.send_code())
    door.clock.pass_by(PROOF_LIFE)
    with pytest.raises(BadInput, match="confirm your phone number"):
        door.register()


@pytest.mark.parametrize(
    "wish", [{"origin": ELSEWHERE}, {"number": OTHER_NUMBER}], ids=["another origin", "another phone"]
)
def test_a_proof_is_worth_nothing_elsewhere_or_for_another_phone(door, wish):
    door.prove(door.send_code())
    with pytest.raises(BadInput, match="confirm your phone number"):
        door.register(**wish)
    assert door.register()[0].msisdn == NUMBER


def test_a_proof_is_good_once(door):
    door.enter()
    with pytest.raises(BadInput):
        door.register(password="another")


def test_without_a_proof_nobody_registers(door):
    door.send_code()
    with pytest.raises(BadInput):
        door.register()


@pytest.mark.parametrize(
    "wish",
    [{"password": "short"}, {"again": "different"}, {"name": "x" * 101}, {"name": "nul\x00"}],
    ids=["password", "repetition", "long name", "name"],
)
def test_a_wish_that_cannot_be_met_does_not_use_up_the_proof(door, wish):
    door.prove(door.send_code())
    with pytest.raises(BadInput):
        door.register(**wish)
    assert door.register()[0].msisdn == NUMBER


# The second time


def test_registering_again_is_a_new_password_for_the_same_account_and_ends_all_sign_ins(door):
    account, old_token = door.enter()
    _, other_device = door.sign_in()
    door.clock.pass_by(RESEND_AFTER)
    again, token = door.enter(password="another", name="Somebody Else")
    assert (again.id, again.full_name) == (account.id, "Mutale Banda")
    for old in (old_token, other_device):
        with pytest.raises(NotSignedIn):
            door.who_is(old)
    assert door.who_is(token).id == account.id
    assert door.sign_in("another")[0].id == account.id
    with pytest.raises(BadInput):
        door.sign_in("secret")


# Signing in and out


def test_a_wrong_password_and_an_unknown_number_get_the_same_answer(door):
    door.enter()
    answers = []
    for password, number in (("wrong!", NUMBER), ("secret", OTHER_NUMBER)):
        with pytest.raises(BadInput) as refusal:
            door.sign_in(password, number)
        answers.append((refusal.value.text, refusal.value.field, refusal.value.code))
    assert answers[0] == answers[1]


def test_the_password_is_taken_to_the_letter(door):
    door.enter(password="secret")
    for password in ("Secret", "secret ", "secre", ""):
        with pytest.raises(BadInput):
            door.sign_in(password)


def test_each_sign_in_has_a_token_of_its_own_and_signing_out_ends_only_that_one(door):
    _, here = door.enter()
    account, there = door.sign_in()
    assert here != there
    door.sign_out(here)
    with pytest.raises(NotSignedIn):
        door.who_is(here)
    assert door.who_is(there) == account


def test_a_token_ends_after_90_days(door):
    account, token = door.enter()
    door.clock.pass_by(TOKEN_LIFE - TICK)
    assert door.who_is(token) == account
    door.clock.pass_by(TICK)
    with pytest.raises(NotSignedIn):
        door.who_is(token)


@pytest.mark.parametrize("token", ["", "guessed"])
def test_an_unknown_token_is_nobody_and_signing_it_out_is_no_error(door, token):
    door.sign_out(token)
    with pytest.raises(NotSignedIn):
        door.who_is(token)


def test_neither_token_nor_password_is_stored_in_clear(door):
    _, token = door.enter(password="a secret of mine")
    with door.world.database.unit_of_work() as store:
        stored = str(store.tables)
    assert token not in stored
    assert "a secret of mine" not in stored
