"""What stands now says who must act and by when; every step that can happen has its words, in every language."""

from datetime import timedelta
from itertools import product

import pytest

from factories import WORDS, a_transfer, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.leg import Kind
from flash.domain.message import GSM_7, LONGEST_TEXT
from flash.domain.outcome import Reason
from flash.domain.progress import Patience, cancelled
from flash.domain.reconcile import HOLDS
from flash.domain.story import reason_text, state_text, step_text
from flash.domain.text import Language, moment
from flash.domain.transfer import MOVES, State, Step
from flash.domain.words import STEPS

CLOCK, PATIENCE = MemoryClock(), Patience()

CAUSES = ["contradiction", "doubt_too_old", "refund_declined", "never_ordered", *(f"reconcile_{cls}" for cls in HOLDS)]
STEPS_THERE_ARE = [
    Step(1, CLOCK.now(), None, State.RECORDED),
    Step(3, CLOCK.now(), State.COLLECTING, State.COLLECTING, "cancel_wanted"),
    Step(7, CLOCK.now(), State.IN_REVIEW, State.RETURNING, "refund_again"),
    *(
        Step(2, CLOCK.now(), before, after, note)
        for before, afters in MOVES.items()
        for after in sorted(afters)
        for note in (CAUSES if after is State.IN_REVIEW else ["", *Reason])
    ),
]


@pytest.mark.parametrize("language", Language)
def test_every_step_that_can_happen_is_told_in_one_sms(language: Language) -> None:
    for step in STEPS_THERE_ARE:
        said = WORDS.say(language, *step_text(step))
        assert 0 < len(said) <= LONGEST_TEXT
        assert set(said) <= GSM_7
        assert "_" not in said


def test_a_step_says_why_before_what() -> None:
    step = Step(5, CLOCK.now(), State.PAYING_OUT, State.RETURNING, Reason.PAYEE_LIMIT_REACHED)
    assert WORDS.say(Language.ENGLISH, *step_text(step)) == (
        "The recipient's wallet cannot take this amount today. The money was sent on its way back to you."
    )


def test_a_note_that_nobody_knows_yet_is_not_shown() -> None:
    (text,) = step_text(Step(5, CLOCK.now(), State.PAYING_OUT, State.IN_REVIEW, "brand_new"))
    assert text.english == STEPS[State.IN_REVIEW]


def told(transfer, after: timedelta = timedelta(), *, sent: bool = True) -> str:
    return state_text(transfer, CLOCK.now() + after, PATIENCE, sent=sent).english


def test_before_the_phone_asks_it_says_by_when_it_will() -> None:
    assert moment(CLOCK.now() + PATIENCE.start_limit) in told(a_transfer(CLOCK))


def test_while_the_phone_asks_it_says_what_to_do_and_until_when() -> None:
    transfer = under_way(Kind.COLLECTION, CLOCK)
    assert told(transfer).startswith("Please approve K25.00 with your PIN")
    assert moment(transfer.the_open_leg().opened_at + PATIENCE.prompt_life) in told(transfer)


def test_once_the_phone_does_not_ask_any_more_nobody_is_told_to_approve() -> None:
    transfer = under_way(Kind.COLLECTION, CLOCK)
    late = told(transfer, PATIENCE.prompt_life)
    assert late.startswith("We are still asking whether K25.00 left your wallet.")
    assert moment(CLOCK.now() + PATIENCE.doubt_limit + timedelta(minutes=11)) in late


def test_after_a_change_of_mind_nobody_is_told_to_approve() -> None:
    transfer = cancelled(under_way(Kind.COLLECTION, CLOCK), CLOCK.now()).transfer
    assert "please do not approve it" in told(transfer)


@pytest.mark.parametrize("kind", [Kind.DISBURSEMENT, Kind.REFUND])
def test_while_money_moves_it_says_by_when_it_is_there(kind: Kind) -> None:
    assert moment(CLOCK.now() + PATIENCE.doubt_limit + timedelta(minutes=11)) in told(under_way(kind, CLOCK))


def test_the_payee_is_told_that_it_is_theirs() -> None:
    transfer = a_transfer(CLOCK, state=State.COMPLETED)
    assert told(transfer, sent=False) == "You received K25.00 in your wallet. You need do nothing more."
    assert told(transfer) == "The recipient received K25.00. You need do nothing more."


@pytest.mark.parametrize(("state", "language"), list(product(sorted(set(State) - {State.COLLECTING}), Language)))
def test_every_state_is_told_with_nothing_left_open(state: State, language: Language) -> None:
    said = WORDS.say(language, state_text(a_transfer(CLOCK, state=state), CLOCK.now(), PATIENCE, sent=True))
    assert not {"{", "}"} & set(said)


def test_every_reason_is_a_sentence() -> None:
    assert all(reason_text(reason).english.endswith(".") for reason in Reason)
