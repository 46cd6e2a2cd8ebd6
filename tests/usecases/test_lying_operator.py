"""Whatever an operator says, whoever cancels, in whatever order: the books stay true."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import REPEATABLE, World, declined, money, msisdn, settled, unknown, unseen, waiting
from flash.domain.errors import TooLateToCancel
from flash.domain.leg import Kind, LegState
from flash.domain.outcome import Reason, Source
from flash.usecases.sweep import sweep

ANSWERS = {
    "waiting": waiting,
    "settled": settled,
    "settled for more": lambda clock, source: settled(clock, source, amount=money("2500.00")),
    "settled for another": lambda clock, source: settled(clock, source, party=msisdn("0960000099")),
    "declined": lambda clock, source: declined(clock, Reason.OTHER, source),
    "declined for more": lambda clock, source: declined(clock, Reason.OTHER, source, amount=money("2500.00")),
    "unknown": unknown,
    "unseen": lambda clock, _source: unseen(clock),
}
HONEST = ["waiting", "settled", "declined"]

DEEDS = ["wait 2 s", "wait 40 s", "wait 100 s", "wait 1 h", "wait 1 day", "cancel", "send another"]


class Liar:
    """An operator that answers each call with the next of some answers, then waits for ever."""

    platform = "https://operator.example"

    def __init__(self, clock, answers):
        self.clock = clock
        self.answers = iter(answers)
        self.submitted = []

    def submit(self, leg):
        self.submitted.append((leg.kind, leg.reference, leg.amount, leg.party))
        return self._answer(Source.SUBMIT)

    def ask(self, _leg):
        return self._answer(Source.STATUS_QUERY)

    def _answer(self, source):
        answer = next(self.answers, "waiting")
        if answer == "breaks":
            raise RuntimeError("a bug")
        return ANSWERS[answer](self.clock, source)


def do(world, deed, transfers):
    if deed == "cancel":
        with suppress(TooLateToCancel):
            world.cancel(transfers[-1])
    elif deed == "send another":
        transfers.append(world.send("1.00", description=str(len(transfers))))
    else:
        number, unit = deed.split()[1:]
        unit_s = {"s": 1, "h": 3600, "day": 86_400}[unit]
        world.clock.pass_by(timedelta(seconds=int(number) * unit_s))


def assert_true_to_the_rules(world, liar, transfers):
    assert world.audit() == []
    for transfer in transfers:
        legs = world.get(transfer).legs
        settled_kinds = [leg.kind for leg in legs if leg.state is LegState.SETTLED]
        assert not {Kind.DISBURSEMENT, Kind.REFUND} <= set(settled_kinds)
        references = {leg.reference for leg in legs}
        orders = [order for order in set(liar.submitted) if order[1] in references]
        assert len(orders) == len({kind for kind, *_ in orders})
        payouts = [leg for leg in legs if leg.kind is not Kind.COLLECTION]
        assert not payouts or Kind.COLLECTION in settled_kinds
        declined_payout = any(leg.kind is Kind.DISBURSEMENT and leg.state is LegState.DECLINED for leg in legs)
        if {Kind.DISBURSEMENT, Kind.REFUND} <= {leg.kind for leg in legs}:
            assert declined_payout


@settings(REPEATABLE, max_examples=400)
@given(
    st.lists(st.sampled_from([*ANSWERS, *HONEST, "settled", "breaks"]), max_size=25),
    st.lists(st.sampled_from(DEEDS), max_size=25),
)
def test_no_lie_and_no_order_of_events_breaks_a_rule(answers, deeds):
    world = World()
    liar = Liar(world.clock, answers)
    world.operate(liar)
    transfers = [world.send()]
    for deed in deeds:
        do(world, deed, transfers)
        sweep(world.engine)
        assert_true_to_the_rules(world, liar, transfers)


@pytest.mark.parametrize("late", ["settled", "declined"])
def test_an_operator_that_takes_back_its_word_about_a_payout_never_gets_both_a_payout_and_a_refund(late):
    world = World()
    word = {"settled": "declined", "declined": "settled"}[late]
    liar = Liar(world.clock, ["waiting", "settled", "waiting", word, "waiting", late])
    world.operate(liar)
    transfer = world.send()
    world.pass_by(30)
    assert_true_to_the_rules(world, liar, [transfer])
