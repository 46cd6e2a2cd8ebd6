"""The payout float: no payer is asked for what could not be paid out, and none is refused in vain."""

import pytest

from factories import money
from flash.domain.payout_float import FloatClaims, Room, room_for


@pytest.mark.parametrize(
    ("read", "ahead", "under_way", "expected"),
    [
        ("25.00", "0.00", "0.00", Room.ENOUGH),
        ("24.99", "0.00", "0.00", Room.TOO_LITTLE),
        ("50.00", "25.00", "0.00", Room.ENOUGH),
        ("49.99", "25.00", "0.00", Room.TOO_LITTLE),
        ("50.00", "0.00", "25.00", Room.ENOUGH),
        ("49.99", "0.00", "25.00", Room.NOT_KNOWN_YET),
        ("25.00", "0.00", "1000.00", Room.NOT_KNOWN_YET),
        ("24.99", "0.00", "1000.00", Room.TOO_LITTLE),
        ("0.00", "25.00", "0.00", Room.TOO_LITTLE),
    ],
)
def test_a_payout_of_25_next_to_what_draws_on_the_float(read, ahead, under_way, expected):
    claims = FloatClaims(ahead=money(ahead), under_way=money(under_way))
    assert room_for(money("25.00"), money(read), claims) is expected
