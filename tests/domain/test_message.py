"""Messages fit into one SMS, whatever is in them, and codes are not in what is stored."""

from itertools import product

import pytest

from factories import KEY, a_transfer, money
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.domain.message import CODE_MARK, GSM_7, LONGEST_TEXT, Kind, a_message, fitting, one_time_code, readable
from flash.domain.news import news_of
from flash.domain.outcome import Reason
from flash.domain.transfer import FINAL, State

CLOCK, CHANCE = MemoryClock(), MemoryChance()


@pytest.mark.parametrize(("state", "reason"), list(product(sorted(FINAL), [None, *Reason])))
def test_every_outcome_is_told_in_one_sms_and_in_whole_sentences(state: State, reason: Reason | None) -> None:
    transfer = a_transfer(CLOCK, state=state, reason=reason, amount=money("20000.00"), description="Ü" * 500)
    for message in news_of(transfer):
        assert len(message.text) <= LONGEST_TEXT
        assert set(message.text) <= GSM_7
        assert message.text.endswith(f"Ref {transfer.number}")


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("School fees", 20, "School fees"),
        ("School fees", 8, "School.."),
        ("Chilufya’s café naïve Łódź 学费", 40, "Chilufya?s café naive ?odz ??"),
        ("a\tb{c}", 40, "a?b?c?"),
    ],
)
def test_what_people_enter_is_made_to_fit(text: str, longest: int, expected: str) -> None:
    assert fitting(text, longest) == expected


def test_the_code_is_not_in_what_is_stored_and_needs_the_key() -> None:
    message = a_message(CHANCE.new_id(), Kind.CODE, a_transfer(CLOCK).payer, f"{CODE_MARK} is your code.", CLOCK.now())
    code = one_time_code(KEY, message.id)
    assert code not in message.text
    assert readable(message, KEY) == f"{code} is your code."
    assert len(code) == len(CODE_MARK) == 6
    assert readable(message, b"another key") != readable(message, KEY)


def test_what_people_enter_is_never_taken_for_a_code() -> None:
    message = a_message(CHANCE.new_id(), Kind.OUTCOME, a_transfer(CLOCK).payer, CODE_MARK, CLOCK.now())
    assert readable(message, KEY) == CODE_MARK
