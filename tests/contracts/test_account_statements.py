"""Statements of account over every store: they say what is stored, and each goes on where the last one ended."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from factories import PAYEE, World
from flash.adapters.account_statements import FORMATS
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.domain.account import Account
from flash.domain.account_statement import Altered, Facts, moment, period_of
from flash.domain.errors import BadInput
from flash.domain.fees import parse_fees
from flash.domain.history import Span
from flash.domain.money import ZMW, Money
from flash.domain.seal import BrokenSeal
from flash.usecases import account_statements as rules
from flash.usecases.account_statements import Order, check_statement, write_statement

SEALS = Ed25519Seals({1: b"a key of the tests"})
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 24)


def made(world: World, account: Account, first: date, last: date, suffix: str = "csv") -> io.BytesIO:
    file = io.BytesIO()
    order = Order(account, period_of(first, last, world.clock.now()), FORMATS[suffix])
    write_statement(order, file, read=world.database.snapshot, seals=SEALS)
    file.seek(0)
    return file


def rows(file: io.BytesIO, suffix: str = "csv") -> list[list[str]]:
    found = [list(row) for row in FORMATS[suffix].read(file)]
    file.seek(0)
    return found


def facts(file: io.BytesIO, suffix: str = "csv") -> Facts:
    found = check_statement(file, FORMATS[suffix], SEALS.opened)
    file.seek(0)
    return found


@pytest.fixture
def busy(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, Account]:
    """Two days of somebody, whose statements are read two rows at a time."""
    monkeypatch.setattr(rules, "PAGE", 2)
    world.terms = type(world.terms)(world.terms.routes, world.terms.limits, parse_fees("500.00: 1.00", ZMW))
    me = world.person()
    for day in range(2):
        for number in range(3):
            world.send(f"{10 * (number + 1) + day}.00", description=f"=day {day}, no {number}")
            world.pass_by(50)
        world.send("7.00", payer=PAYEE, payee="0960000001", description="back")
        world.pass_by(50)
        world.send("31.03", description="cannot be paid out")
        world.pass_by(60)
        world.clock.pass_by(timedelta(days=1))
    return world, me


def test_a_statement_says_what_is_stored(busy: tuple[World, Account]) -> None:
    world, me = busy
    with world.database.unit_of_work() as store:
        stored = store.history.ended(me, Span(), limit=100, after=None)
    found = rows(made(world, me, FIRST, LAST))
    assert [row[1] for row in found[2:-2]] == [row.number for row in stored]
    for line, row in zip(found[2:-2], stored, strict=True):
        fee = row.fee if row.sent else Money(0)
        assert (line[0], line[4], line[5]) == (moment(row.updated_at), row.other.e164, row.description)
        assert (line[3], line[6], line[7]) == (row.other_name or row.other.e164, str(row.amount), str(fee))
    assert {row[2] for row in found[2:-2]} >= {"sent", "received"}


def test_opening_and_lines_come_to_the_closing_and_the_next_one_begins_there(busy: tuple[World, Account]) -> None:
    world, me = busy
    first, second, both = (made(world, me, *days) for days in ((FIRST, FIRST), (LAST, LAST), (FIRST, LAST)))
    for file in (first, second, both):
        found = rows(file)
        opening, *lines, closing = found[1:-1]
        sums = [Money(int(opening[place].replace(".", ""))) for place in (8, 9, 10)]
        for line in lines:
            amount, fee = (Money(int(line[place].replace(".", ""))) for place in (6, 7))
            if line[2] == "sent":
                sums[0], sums[1] = sums[0] + amount, sums[1] + fee
            elif line[2] == "received":
                sums[2] += amount
            assert line[8:] == [str(one) for one in sums]
        assert closing[8:] == [str(one) for one in sums]
        assert facts(file).count == len(lines)
    assert facts(second).opening == facts(first).closing
    assert facts(both).opening == (Money(0),) * 3
    assert facts(both).closing == facts(second).closing
    with world.database.unit_of_work() as store:
        all_of_it = store.history.came_to(me, world.clock.now())
    assert facts(both).closing == (all_of_it.sent, all_of_it.fees, all_of_it.received)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_seal_says_whose_it_is_and_of_when(busy: tuple[World, Account], suffix: str) -> None:
    world, me = busy
    found = facts(made(world, me, FIRST, LAST, suffix), suffix)
    assert (found.last_digits, found.first, found.last) == ("001", FIRST, LAST)
    assert found.until == datetime(2026, 11, 24, 22, tzinfo=UTC)


def test_a_changed_or_missing_line_is_found(world: World) -> None:
    me = world.person()
    for amount in ("10.00", "20.00", "30.00"):
        world.send(amount, description="x,no 1")
        world.pass_by(60)
    world.pass_by(60)
    content = made(world, me, FIRST, FIRST).getvalue()
    lines = content.split(b"\r\n")
    for changed in (
        content.replace(b"20.00", b"90.00", 1),
        content.replace(b",sent,", b",received,", 1),
        content.replace(b"no 1", b"no 2", 1),
        content.replace(b"Brought forward", b"Carried forward", 1),
        b"\r\n".join([*lines[:3], *lines[4:]]),
        b"\r\n".join([*lines[:3], lines[4], lines[3], *lines[5:]]),
        b"\r\n".join([*lines[:3], lines[3], *lines[3:]]),
    ):
        assert changed != content, content
        with pytest.raises(Altered):
            facts(io.BytesIO(changed))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_seal_of_somebody_else_or_none_is_refused(suffix: str) -> None:
    world = World()
    me = world.person()
    file = made(world, me, FIRST, FIRST, suffix)
    with pytest.raises(BrokenSeal):
        check_statement(file, FORMATS[suffix], Ed25519Seals({1: b"another key"}).opened)
    other = io.BytesIO()
    FORMATS[suffix].write(other, rules.Cover("", ""), iter([("",) * 11] * 4))
    other.seek(0)
    with pytest.raises(BrokenSeal):
        check_statement(other, FORMATS[suffix], SEALS.opened)


def test_a_pdf_is_sealed_to_the_byte() -> None:
    world = World()
    content = made(world, world.person(), FIRST, FIRST, "pdf").getvalue()
    begins = content.rfind(rules.MARK)
    for at in (10, begins // 2, begins - 2):
        changed = bytearray(content)
        changed[at] ^= 1
        with pytest.raises(Altered):
            facts(io.BytesIO(bytes(changed)), "pdf")
    with pytest.raises(BadInput):
        facts(io.BytesIO(content + content), "pdf")
    with pytest.raises(BadInput):
        facts(io.BytesIO(content + b"more"), "pdf")


def test_what_ended_a_moment_ago_is_on_the_next_statement(world: World) -> None:
    me = world.person()
    world.send("10.00")
    world.pass_by(45)
    assert len(rows(made(world, me, FIRST, FIRST))) == 4
    world.clock.pass_by(timedelta(minutes=1))
    assert len(rows(made(world, me, FIRST, FIRST))) == 5


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 11, 23), date(2026, 11, 22), "to"),
        (date(2025, 11, 22), date(2026, 11, 23), "from"),
        (date(2026, 11, 24), date(2026, 11, 25), "from"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(first: date, last: date, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        period_of(first, last, World().clock.now())
    assert refused.value.field == field


def test_a_year_and_the_days_to_come_make_sense() -> None:
    now: Any = World().clock.now()
    assert period_of(date(2025, 11, 23), date(2026, 11, 23), now).until == now - timedelta(minutes=1)
    assert period_of(date(2026, 11, 1), date(2026, 12, 31), now).last == date(2026, 12, 31)
