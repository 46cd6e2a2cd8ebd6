"""The sandbox operator: every code does what docs/sandbox.md says, and chance is fair and repeatable."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from factories import PAYEE, PAYER, World, a_transfer, money, msisdn
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.adapters.sandbox import (
    ALWAYS_GOOD,
    CHANCE_FAILURES,
    COLLECTION_CODES,
    NO_WALLET,
    PAYOUT_CODES,
    PAYOUT_ODDITIES,
    REFUND_CODES,
    Sandbox,
    from_settings,
)
from flash.domain.leg import Kind
from flash.domain.outcome import Declined, Reason, Settled, Unseen, Waiting
from flash.settings import BadSettings, Settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def rows():
    """Each line of the document's tables of codes, once for each thing it is by."""
    for line in DOCUMENT.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d\d", cells[0]):
            code, by, _, end, why, after = cells
            for one in by.split(", "):
                yield int(code), one, end, "" if why == "-" else why, after


ROWS = list(rows())


def order(code, by):
    """What to send so that a code by the payer, the payee or the amount is met."""
    if by == "amount":
        return {"amount": f"25.{code}"}
    if by == "payee":
        return {"payee": f"09700000{code}"}
    return {"payer": f"09600000{code}", "payee": "0970000072" if code in REFUND_CODES else PAYEE}


def lived(world, transfer):
    """Follow a payment from look to look until it rests; return it and the seconds that took."""
    for _ in range(1000):
        world.pass_by(0)
        now = world.get(transfer)
        if now.due_at is None:
            return now, (world.clock.now() - transfer.created_at).total_seconds()
        world.clock.pass_by(now.due_at - world.clock.now())
    pytest.fail("it never comes to rest")


def world_without_chance(**order):
    world = World()
    world.sandbox = replace(world.sandbox, success_rate=1.0)
    world.operate(world.sandbox)
    return world, world.send(**order)


@pytest.mark.parametrize(("code", "by", "end", "why", "after"), ROWS)
def test_a_code_does_what_the_document_says(code, by, end, why, after):
    world, transfer = world_without_chance(**order(code, by))
    rested, seconds = lived(world, transfer)
    causes = [case.cause for case in world.file(transfer).cases]
    assert rested.state == end
    assert (causes if end == "in_review" else [rested.reason or ""]) == [why]
    assert (f"{seconds // 3600:.0f} h" if seconds >= 3600 else f"{seconds:.0f} s") == after
    assert world.audit() == []


def test_the_document_names_each_code_where_it_counts_and_no_other():
    documented = {(code, by) for code, by, *_ in ROWS}
    by_payer = {*COLLECTION_CODES, *REFUND_CODES}
    by_payee = {*PAYOUT_CODES, *PAYOUT_ODDITIES, NO_WALLET}
    by_amount = {*COLLECTION_CODES, *PAYOUT_CODES}
    assert documented == (
        {(code, "payer") for code in by_payer}
        | {(code, "payee") for code in by_payee}
        | {(code, "amount") for code in by_amount}
    )
    assert len(documented) == len(ROWS)


def reasons_of(table):
    return {code: what for code, what in table.items() if isinstance(what, Reason)}


@pytest.mark.parametrize(("code", "reason"), reasons_of({**COLLECTION_CODES, **PAYOUT_CODES}).items())
def test_the_document_gives_the_reason_of_the_table(code, reason):
    assert {why for documented, _, _, why, _ in ROWS if documented == code} == {reason}


@pytest.mark.parametrize("number", ["0960000061", "0970000061", "0760000061", "0570000061"])
def test_a_code_counts_with_every_prefix(number):
    world, transfer = world_without_chance(payer=number)
    assert lived(world, transfer)[0].reason is Reason.NOT_ENOUGH_FUNDS


@pytest.mark.parametrize("number", ["0961000061", "0960000161", "0960001061"])
def test_an_ordinary_number_that_ends_like_a_code_has_none(number):
    world, transfer = world_without_chance(payer=number)
    assert lived(world, transfer)[0].state == "completed"


def test_the_numbers_code_wins_over_the_amounts():
    world, transfer = world_without_chance(payer="0960000061", amount="25.62")
    assert lived(world, transfer)[0].reason is Reason.NOT_ENOUGH_FUNDS


@pytest.mark.parametrize("code", ALWAYS_GOOD)
def test_some_payers_are_left_out_of_chance(code):
    world = World()
    world.operate(replace(world.sandbox, success_rate=0.0))
    rested, seconds = lived(world, world.send(payer=f"09600000{code:02d}", payee="0970000099"))
    assert (rested.state, seconds) == ("completed", 33)


def test_with_a_success_rate_of_nothing_every_other_payer_fails():
    world = World()
    world.operate(replace(world.sandbox, success_rate=0.0))
    rested, _ = lived(world, world.send(payer="0960000020"))
    assert rested.state == "failed"


# One leg


def a_leg(clock, chance, *, number="0961234567", amount="25.00"):
    planned = a_transfer(clock).legs[0]
    leg = replace(planned, reference=chance.new_id(), party=msisdn(number), amount=money(amount))
    return leg.sent(clock.now(), "sandbox")


def fates(sandbox, clock, count=2000):
    """What becomes of so many collections without a code."""
    chance = MemoryChance(7)
    legs = [a_leg(clock, chance) for _ in range(count)]
    clock.pass_by(sandbox.delay)
    return [sandbox.ask(leg) for leg in legs]


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_the_share_of_successes_is_close_to_the_rate(rate):
    clock = MemoryClock()
    outcomes = fates(Sandbox(clock=clock, success_rate=rate), clock)
    share = sum(isinstance(outcome, Settled) for outcome in outcomes) / len(outcomes)
    assert share == pytest.approx(rate, abs=0.04)


def test_failures_come_as_often_as_they_are_listed():
    clock = MemoryClock()
    reasons = Counter(outcome.reason for outcome in fates(Sandbox(clock=clock, success_rate=0.0), clock))
    for reason, listed in Counter(CHANCE_FAILURES).items():
        assert reasons[reason] / reasons.total() == pytest.approx(listed / len(CHANCE_FAILURES), abs=0.03)
    assert set(reasons) == set(CHANCE_FAILURES)


def test_the_same_leg_gets_the_same_answer_in_every_process():
    clock, other_clock = MemoryClock(), MemoryClock()
    assert fates(Sandbox(clock=clock), clock, 200) == fates(Sandbox(clock=other_clock), other_clock, 200)


def test_another_seed_is_another_fate():
    clock, other_clock = MemoryClock(), MemoryClock()
    assert fates(Sandbox(clock=clock), clock, 200) != fates(Sandbox(clock=other_clock, seed="other"), other_clock, 200)


def test_an_answer_once_given_stays():
    clock = MemoryClock()
    sandbox, leg = Sandbox(clock=clock), a_leg(clock, MemoryChance(7))
    clock.pass_by(sandbox.delay)
    first = sandbox.ask(leg)
    clock.pass_by(timedelta(days=30))
    later = sandbox.ask(leg)
    assert isinstance(first, Settled | Declined)
    assert replace(later, evidence=first.evidence) == first


def test_until_the_payer_approved_the_answer_is_to_wait():
    clock = MemoryClock()
    sandbox, leg = Sandbox(clock=clock), a_leg(clock, MemoryChance(7))
    assert isinstance(sandbox.submit(leg), Waiting)
    clock.pass_by(sandbox.delay - timedelta(microseconds=1))
    assert isinstance(sandbox.ask(leg), Waiting)


def test_sending_again_changes_no_fate_and_starts_no_new_delay():
    clock = MemoryClock()
    sandbox, leg = Sandbox(clock=clock), a_leg(clock, MemoryChance(7), number=PAYER)
    clock.pass_by(sandbox.delay)
    again = leg.sent(clock.now(), "sandbox")
    assert isinstance(sandbox.ask(again), Settled)
    assert sandbox.ask(again) == sandbox.ask(leg)


def test_an_order_that_was_never_sent_is_unseen():
    clock = MemoryClock()
    planned = a_transfer(clock).legs[0]
    assert isinstance(Sandbox(clock=clock).ask(planned), Unseen)


def test_payouts_and_refunds_are_not_left_to_chance():
    clock = MemoryClock()
    sandbox, chance = Sandbox(clock=clock, success_rate=0.0), MemoryChance(7)
    for kind in (Kind.DISBURSEMENT, Kind.REFUND):
        leg = replace(a_leg(clock, chance), kind=kind)
        clock.pass_by(sandbox.payout_delay)
        assert isinstance(sandbox.ask(leg), Settled)


def test_only_one_test_number_has_no_wallet():
    sandbox = Sandbox(clock=MemoryClock())
    numbers = [f"09700000{code:02d}" for code in range(100)]
    assert [number for number in numbers if not sandbox.wallet(msisdn(number)).active] == ["0970000076"]


# Settings


def documented_settings():
    return dict(re.findall(r"^\| `(sandbox\.\w+)` \| `([^`]*)` \|", DOCUMENT, re.MULTILINE))


def test_the_document_names_each_setting_with_its_default():
    clock = MemoryClock()
    assert from_settings(Settings({}), clock) == from_settings(Settings(documented_settings()), clock)
    assert from_settings(Settings({}), clock) == Sandbox(clock=clock)
    assert len(documented_settings()) == 5


@pytest.mark.parametrize("key", documented_settings())
def test_each_setting_is_read(key):
    clock = MemoryClock()
    assert from_settings(Settings({key: "0.25"}), clock) != Sandbox(clock=clock)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("sandbox.delay_s", "-1"),
        ("sandbox.delay_s", "soon"),
        ("sandbox.payout_delay_s", "nan"),
        ("sandbox.success_rate", "1.1"),
        ("sandbox.success_rate", "90%"),
        ("sandbox.float", "a lot"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named_without_its_value(key, wrong):
    with pytest.raises(BadSettings, match=re.escape(key)) as refusal:
        from_settings(Settings({key: wrong}), MemoryClock())
    assert wrong not in str(refusal.value)
