"""Statements for tests: lines about legs, whole days of legs, and files as operators export them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from factories import World, money, msisdn
from flash.adapters.memory import MemoryChance
from flash.adapters.sql import mapping, tables
from flash.adapters.statement_csv import from_settings, open_statement
from flash.domain.journal import postings_for
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.limits import LUSAKA, local_day
from flash.domain.outcome import Evidence, Source
from flash.domain.progress import Patience
from flash.domain.reconcile import Agreed
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Line, Overview, Result, Statement, Unreadable
from flash.domain.transfer import State, Step, Transfer
from flash.settings import load
from flash.usecases.reconcile import Desk, Finding, reconcile

ROOT = Path(__file__).parents[1]
NO_TIME = datetime(2026, 11, 23, tzinfo=UTC)
NOTHING = Agreed(Operator.MTN, {})

COLUMNS = ("Id", "External id", "Date", "Status", "Type", "From", "To", "Amount", "Fee")
WORDS = {
    Entry.COLLECTION: "PAYMENT",
    Entry.DISBURSEMENT: "TRANSFER",
    Entry.REFUND: "REFUND",
    Entry.REVERSAL: "REVERSAL",
    Entry.FEE: "FEE",
    Entry.OTHER: "MYSTERY",
}
RESULTS = {
    Result.SETTLED: "SUCCESSFUL",
    Result.FAILED: "FAILED",
    Result.REVERSED: "REVERSED",
    Result.PENDING: "PENDING",
}


def line_of(leg: Leg, **more: Any) -> Line:
    """A line that says all that the leg says, as far as it is not told otherwise."""
    at = leg.closed_at or (leg.submitted_at or NO_TIME) + timedelta(seconds=20)
    values: dict[str, Any] = {
        "number": 2,
        "raw": "a line",
        "entry": Entry(leg.kind.value),
        "result": Result.SETTLED,
        "amount": leg.amount,
        "at": at,
        "operator_id": leg.operator_id or f"OP-{leg.reference.hex[:6]}",
        "reference": leg.reference,
        "incoming": leg.kind is Kind.COLLECTION,
        "party": leg.party,
    }
    return Line(**{**values, **more})


def row_of(line: Line) -> list[str]:
    """The line as MTN would export it."""
    party = f"FRI:{line.party.digits}/MSISDN" if line.party else ""
    us = "FRI:flash.zm/USER"
    source, target = (party, us) if line.incoming else (us, party)
    reference = str(line.reference) if line.reference else ""
    at = f"{line.at.astimezone(LUSAKA):%Y-%m-%d %H:%M:%S}"
    word, result = WORDS[line.entry], RESULTS[line.result]
    return [line.operator_id, reference, at, result, word, source, target, str(line.amount), str(line.fee)]


def write_rows(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    """Write a file with MTN's columns."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(COLUMNS)
        out.writerows(rows)
    return path


def mtn_file(path: Path, lines: Iterable[Line]) -> Statement:
    """Write the lines as MTN would, and open what was written by the settings of production.ini."""
    return opened(write_rows(path, map(row_of, lines)))


def opened(path: Path, operator: str = "mtn", **changes: str) -> Statement:
    """Open a file by the settings of production.ini, as far as they are not changed."""
    changed = {f"statement.{operator}.{key}": text for key, text in changes.items()}
    return open_statement(path, from_settings(load(str(ROOT / "production.ini")).with_values(changed), operator)[0])


def a_statement(*lines: Line | Unreadable) -> Statement:
    """The lines as a statement."""
    return lambda: iter(lines)


def desk(world: World, agreed: Agreed = NOTHING) -> Desk:
    return Desk(unit_of_work=world.database.unit_of_work, clock=world.clock, patience=Patience(), agreed=agreed)


def reconciled(world: World, statement: Statement, agreed: Agreed = NOTHING) -> list[Finding]:
    """Reconcile the statement and return what was found."""
    return list(reconcile(statement, Overview.of(statement()), desk(world, agreed)))


def told(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """The class of each difference, and what became of it."""
    return [(one.difference.cls.value, one.became.value) for one in findings]


def a_day_of_payments(world: World, count: int) -> list[Transfer]:
    """Store completed payments from MTN to MTN, a second apart, written at once because there are many."""
    chance = MemoryChance(7)
    payer = world.person()
    start = world.clock.now() - timedelta(hours=6)
    made = [_completed(world, chance, payer.id, number, start) for number in range(count)]
    with world.database.engine.begin() as connection:
        connection.execute(insert(tables.transfers), [{"version": 1, **mapping.transfer_values(one)} for one in made])
        rows = [mapping.leg_values(one.id, place, leg) for one in made for place, leg in enumerate(one.legs)]
        connection.execute(insert(tables.legs), rows)
        steps = [mapping.step_values(one.id, step) for one in made for step in _story(one)]
        connection.execute(insert(tables.steps), steps)
        proofs = [
            mapping.evidence_values(one.id, leg.reference, _proof(leg), "settled") for one in made for leg in one.legs
        ]
        connection.execute(insert(tables.evidence), proofs)
        journal = [
            mapping.posting_values(one.id, posting)
            for one in made
            for leg in one.legs
            for posting in postings_for(leg, leg.closed_at or one.updated_at)
        ]
        connection.execute(insert(tables.postings), journal)
    return made


def _proof(leg: Leg) -> Evidence:
    return Evidence(at=leg.closed_at or NO_TIME, source=Source.STATUS_QUERY, body="{}")


def _story(one: Transfer) -> Iterator[Step]:
    states = (State.RECORDED, State.COLLECTING, State.COLLECTED, State.PAYING_OUT, State.COMPLETED)
    before: State | None = None
    for number, state in enumerate(states, start=1):
        yield Step(number, one.created_at + timedelta(seconds=number), before, state)
        before = state


def _completed(world: World, chance: MemoryChance, payer_id: Any, number: int, start: datetime) -> Transfer:
    at = start + timedelta(seconds=number)
    payer, payee = msisdn("0960000001"), msisdn(f"0960000{100 + number % 900:03d}")
    amount = money(f"{10 + number % 300}.{number % 100:02d}")
    legs = tuple(
        Leg(
            reference=chance.new_id(),
            kind=kind,
            operator=Operator.MTN,
            party=party,
            amount=amount,
            state=LegState.SETTLED,
            attempts=1,
            callback_token=chance.token(),
            opened_at=at + timedelta(seconds=offset),
            submitted_at=at + timedelta(seconds=offset),
            closed_at=at + timedelta(seconds=offset + 20),
            operator_id=f"{kind.value[0]}{number:08d}",
        )
        for kind, party, offset in ((Kind.COLLECTION, payer, 0), (Kind.DISBURSEMENT, payee, 30))
    )
    return Transfer(
        id=chance.new_id(),
        number=f"FL20261123{number:010d}",
        payer_id=payer_id,
        payer=payer,
        payee=payee,
        payer_operator=Operator.MTN,
        payee_operator=Operator.MTN,
        amount=amount,
        fee=money("0.00"),
        description="",
        key=None,
        fingerprint="f",
        limit_day=local_day(at),
        created_at=at,
        updated_at=at + timedelta(seconds=50),
        due_at=None,
        legs=legs,
        state=State.COMPLETED,
        step_count=5,
    )


def reopened(world: World, one: Transfer) -> Transfer:
    """Forget that the payout was settled: its answer was lost, and the transfer waits."""
    payout = replace(one.legs[1], state=LegState.SUBMITTED, closed_at=None, operator_id=None)
    open_again = replace(one, state=State.PAYING_OUT, legs=(one.legs[0], payout), due_at=one.updated_at, step_count=4)
    with world.database.engine.begin() as connection:
        values = mapping.transfer_values(open_again)
        connection.execute(tables.transfers.update().where(tables.transfers.c.id == one.id).values(values))
        leg = mapping.leg_values(one.id, 1, payout)
        connection.execute(tables.legs.update().where(tables.legs.c.reference == payout.reference).values(leg))
        for table in (tables.evidence, tables.postings):
            connection.execute(table.delete().where(table.c.reference == payout.reference))
        last = (tables.steps.c.transfer_id == one.id) & (tables.steps.c.number == 5)
        connection.execute(tables.steps.delete().where(last))
    return open_again
