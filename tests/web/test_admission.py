"""The locks on the doors: too often is 429, and nobody locks somebody else out."""

from datetime import timedelta

import pytest

from flash.web.admission import address

NUMBER = "+260960000001"
GUESS = {"phone_number": NUMBER, "otp_code": "000000"}


def at(api, place: str) -> None:
    """Go on from another address."""
    api.app.extra_environ["REMOTE_ADDR"] = place


def ask_for_code(api, number: str = NUMBER, status: int = 200):
    return api.post("/api/auth/send-otp/", {"phone_number": number}, status=status)


def sign_in(api, password: str, status: int, number: str = NUMBER):
    return api.post("/api/auth/login/", {"phone_number": number, "password": password}, status=status)


def test_a_refusal_says_how_long_to_wait_in_every_key_that_the_app_reads(api):
    for _ in range(10):
        sign_in(api, "wrong", 400)
    answer = sign_in(api, "wrong", 429)
    assert answer.json["code"] == "too_soon"
    text = "That was too often. Please try again in 5 minutes."
    assert {answer.json[key] for key in ("error", "message", "detail")} == {text}
    assert answer.json["non_field_errors"] == [text]
    assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_after_ten_wrong_passwords_the_right_one_is_refused_there_and_taken_elsewhere(api):
    api.sign_up(NUMBER)
    at(api, "192.0.2.66")
    for _ in range(10):
        sign_in(api, "wrong", 400)
    sign_in(api, api.PASSWORD, 429)
    at(api, "192.0.2.7")
    sign_in(api, api.PASSWORD, 200)


def test_a_stranger_at_one_address_cannot_lock_the_owner_out_however_long_they_try(api):
    api.sign_up(NUMBER)
    for _ in range(24):
        at(api, "192.0.2.66")
        for _ in range(12):
            api.app.post_json("/api/auth/login/", {"phone_number": NUMBER, "password": "wrong"}, expect_errors=True)
        api.clock.pass_by(timedelta(minutes=5))
    at(api, "192.0.2.7")
    sign_in(api, api.PASSWORD, 200)


def test_the_refusal_is_the_same_whether_the_number_is_registered(api):
    api.sign_up(NUMBER)
    answers = [
        [sign_in(api, "wrong", 400 if tries < 10 else 429, number).body for tries in range(11)]
        for number in (NUMBER, "+260960000002")
    ]
    assert answers[0] == answers[1]


def test_two_hundred_wrong_codes_from_one_address_are_locked_and_the_owner_gets_in(api):
    at(api, "192.0.2.66")
    ask_for_code(api)
    statuses = [api.app.post_json("/api/auth/verify-otp/", GUESS, expect_errors=True).status_int for _ in range(200)]
    assert statuses == [400] * 15 + [429] * 185
    api.clock.pass_by(timedelta(seconds=30))
    at(api, "192.0.2.7")
    api.sign_up(NUMBER)


def test_two_hundred_wrong_codes_from_as_many_addresses_are_locked_and_the_owner_gets_in(api):
    ask_for_code(api)
    code = api.code()
    for number in range(200):
        at(api, f"198.51.100.{number}")
        api.post("/api/auth/verify-otp/", GUESS, status=400)
    right = {"phone_number": NUMBER, "otp_code": code}
    api.post("/api/auth/verify-otp/", right, status=400)
    at(api, "192.0.2.7")
    api.post("/api/auth/verify-otp/", right)


def test_guesses_at_good_codes_are_counted_over_all_addresses(api):
    for number in range(6):
        at(api, f"198.51.100.{number}")
        ask_for_code(api)
        for _ in range(5):
            api.post("/api/auth/verify-otp/", GUESS, status=400)
        api.clock.pass_by(timedelta(seconds=30))
    at(api, "192.0.2.7")
    ask_for_code(api)
    api.post("/api/auth/verify-otp/", {"phone_number": NUMBER, "otp_code": api.code()}, status=429)


def test_whoever_asks_again_after_a_minute_always_gets_a_code(api):
    """The app locks its screen when that is refused."""
    for _ in range(60):
        ask_for_code(api)
        api.clock.pass_by(timedelta(minutes=1))


def test_whoever_asks_again_gets_a_code_though_the_address_has_none_left(api):
    for number in range(300):
        ask_for_code(api, f"0960000{number:03}")
    ask_for_code(api, "0970000002", status=429)
    api.clock.pass_by(timedelta(minutes=1))
    ask_for_code(api, "0960000299")
    ask_for_code(api, "0970000002", status=429)
    at(api, "192.0.2.8")
    ask_for_code(api, "0970000002")


def test_one_number_gets_a_score_of_first_codes_an_hour_from_wherever(api):
    for number in range(20):
        at(api, f"198.51.100.{number}")
        ask_for_code(api)
        api.clock.pass_by(timedelta(seconds=30))
    at(api, "198.51.100.20")
    for _ in range(2):
        ask_for_code(api, status=429)
    ask_for_code(api, "0970000002")


def test_an_address_that_asked_too_often_uses_up_nothing_of_a_number(api):
    for number in range(300):
        ask_for_code(api, f"0960000{number:03}")
    for _ in range(30):
        ask_for_code(api, "0970000002", status=429)
    at(api, "192.0.2.8")
    ask_for_code(api, "0970000002")


def test_register_is_refused_after_ten_tries(api):
    wish = {"phone_number": NUMBER, "password": api.PASSWORD, "password_confirm": api.PASSWORD}
    for _ in range(10):
        api.post("/api/auth/register/", wish, status=400)
    api.post("/api/auth/register/", wish, status=429)


def test_thirty_sends_in_five_minutes_are_enough_for_one_person(api):
    token, other = api.sign_up(NUMBER), api.sign_up("+260960000002")
    for number in range(30):
        api.send(token, amount=1 + number)
    before = api.rows()
    body = {"recipient_phone": "0970000002", "amount": 99}
    answer = api.post("/api/transactions/send/", body, token, status=429)
    assert answer.json["error"].startswith("That was too often.")
    assert api.rows() == before
    api.send(other)


class NoThrottle:
    """A throttle that must not be asked."""

    def hit(self, *_: object) -> None:
        raise AssertionError

    wait = hit


def test_who_am_i_and_reading_ask_nothing_but_the_database(make_api, api):
    account_token = api.sign_up(NUMBER)
    bare = make_api(throttle=NoThrottle(), database=api.services.database, clock=api.clock)
    for path in ("auth/me", "transactions/wallet", "transactions/transactions"):
        bare.get(f"/api/{path}/", account_token)


class Seen:
    def __init__(self, remote_addr: str | None) -> None:
        self.remote_addr = remote_addr


@pytest.mark.parametrize(
    ("seen", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        (None, "None"),
        ("localhost", "localhost"),
    ],
)
def test_the_part_of_an_address_that_anybody_chooses_freely_is_not_counted(seen, counted):
    assert address(Seen(seen)) == counted


def test_whoever_names_another_program_each_time_gets_no_more_codes(api):
    statuses = [
        api.app.post_json(
            "/api/auth/send-otp/", {"phone_number": NUMBER}, headers={"User-Agent": f"x{number}"}, expect_errors=True
        ).status_int
        for number in range(20)
    ]
    assert statuses == [200] * 4 + [429] * 16
