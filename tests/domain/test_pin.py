"""What may be a PIN, and how long it is locked after wrong tries."""

from datetime import UTC, datetime, timedelta

import pytest

from flash.domain.errors import BadInput
from flash.domain.pin import check_new_pin, locked_until, too_many_tries, wrong_pin

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize("pin", ["271828", "904021", "001937"])
def test_six_digits_are_a_pin(pin):
    assert check_new_pin(pin) == pin


@pytest.mark.parametrize("pin", ["", "12345", "2718281", "27182a", " 271828", "271828\n", "２７１８２８", "-27182"])
def test_anything_else_is_none(pin):
    with pytest.raises(BadInput, match="exactly 6 digits"):
        check_new_pin(pin)


@pytest.mark.parametrize(
    "pin", ["000000", "999999", "123456", "654321", "012345", "567890", "246802", "121212", "123123", "112233"]
)
def test_what_everybody_would_try_first_is_none(pin):
    with pytest.raises(BadInput, match="too easy to guess"):
        check_new_pin(pin)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(5, 1), (6, 5), (7, 15), (8, 60), (9, 24 * 60), (10, 24 * 60), (1000, 24 * 60)]
)
def test_the_lock_grows_with_each_wrong_try_after_the_fourth(tries, minutes):
    assert locked_until(tries, NOW) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("tries", [1, 2, 3, 4])
def test_the_first_four_lock_nothing(tries):
    assert locked_until(tries, NOW) is None


@pytest.mark.parametrize(
    ("tries", "said"),
    [(1, "4 more tries."), (4, "1 more try."), (5, "in 1 minute."), (8, "in 60 minutes."), (9, "in 24 hours.")],
)
def test_a_refusal_says_what_is_left(tries, said):
    assert wrong_pin(tries, field="pin").text.endswith(said)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "in 1 minute."), (60, "in 1 minute."), (61, "in 2 minutes."), (86400, "in 24 hours.")]
)
def test_a_lock_says_how_long(seconds, said):
    refusal = too_many_tries(NOW + timedelta(seconds=seconds), NOW)
    assert refusal.text.endswith(said)
    assert refusal.wait >= timedelta(seconds=1)
