"""`flash bulk`: many payments of one person from a file, how far they are, and stopping them."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from flash.cli.common import asked_password, with_settings
from flash.domain.account import Account, Staff
from flash.domain.batch import BadLines, Batch, Line, LineState, Progress, state_of
from flash.domain.batch_list import read_csv
from flash.domain.errors import BadInput, NotAllowed, NotFound
from flash.domain.msisdn import parse_msisdn
from flash.domain.staff_action import StaffAction
from flash.domain.transfer import MEANINGS
from flash.domain.words import REASONS
from flash.ports.batches import LineRow
from flash.ports.store import Store
from flash.settings import Settings
from flash.usecases.batches import List, accept_batch, check_list, stop_batch
from flash.usecases.review import who_decides
from flash.wiring import Services, build

PAGE = 200
LOOK_S = 1.0
SENDING_ROLES = frozenset({"finance", "admin"})
NOBODY = "Nobody has an account with this number."


@click.group()
def bulk() -> None:
    """Many payments of one person, from one list."""


@bulk.command("send")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "number", required=True, metavar="NUMBER", help="Who pays, and approves each on their phone.")
@click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
@click.option("--key", help="The list's Idempotency-Key; without it, the same file is the same list.")
@click.option("--watch", is_flag=True, help="Go on until all of it has ended, and show how far it is.")
@with_settings
def bulk_send(settings: Settings, file: Path, number: str, email: str, key: str | None, watch: bool) -> None:
    """Check a CSV or JSON file of payments whole, and hand it to the workers."""
    services = build(settings)
    member = _who(email, services)
    content = file.read_bytes()
    key = key or hashlib.sha256(content).hexdigest()
    with services.database.unit_of_work() as store:
        wish = List(payer=_payer(number, store), written=_written(content, file.suffix), key=key)
        lines = _checked(wish, services)
        accepted = accept_batch(
            wish, lines, store=store, clock=services.clock, chance=services.chance, terms=services.terms
        )
        if not accepted.replayed:
            store.staff_actions.add(_noted(accepted.batch, member.id, "bulk.send", services))
    batch = accepted.batch
    again = " was accepted before" if accepted.replayed else ""
    click.echo(f"List {batch.id}{again}: {batch.line_count} payments, {batch.total.spoken}.")
    if watch:
        _watch(batch, services)


@bulk.command("show")
@click.argument("batch_id", metavar="LIST", type=click.UUID)
@click.option("--from", "number", required=True, metavar="NUMBER", help="Who pays.")
@with_settings
def bulk_show(settings: Settings, batch_id: UUID, number: str) -> None:
    """Show how far a list is, and what became of each line."""
    services = build(settings)
    with services.database.snapshot() as store:
        batch = store.batches.get(_payer(number, store).id, batch_id)
        click.echo(_told(batch, store.batches.progress(batch)))
        after = 0
        while rows := store.batches.lines(batch.id, after=after, limit=PAGE):
            for row in rows:
                click.echo(_line(row, batch))
            after = rows[-1].line.number


@bulk.command("stop")
@click.argument("batch_id", metavar="LIST", type=click.UUID)
@click.option("--from", "number", required=True, metavar="NUMBER", help="Who pays.")
@click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
@with_settings
def bulk_stop(settings: Settings, batch_id: UUID, number: str, email: str) -> None:
    """Make no more payments of a list; those that were made go on."""
    services = build(settings)
    member = _who(email, services)
    with services.database.unit_of_work() as store:
        batch = stop_batch(batch_id, _payer(number, store), store=store, clock=services.clock)
        store.staff_actions.add(_noted(batch, member.id, "bulk.stop", services))
        click.echo(_told(batch, store.batches.progress(batch)))


def _who(email: str, services: Services) -> Staff:
    """Return the member of staff who asks, after their password."""
    member = who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )
    if member.role not in SENDING_ROLES:
        raise NotAllowed(f"The role {member.role} may not send lists of payments.")
    return member


def _payer(number: str, store: Store) -> Account:
    account = store.accounts.by_msisdn(parse_msisdn(number))
    if account is None:
        raise NotFound(NOBODY)
    return account


def _written(content: bytes, suffix: str) -> Sequence[object]:
    """Return the lines of a file, which is JSON if its name says so and CSV otherwise."""
    if suffix.lower() != ".json":
        return read_csv(content)
    try:
        written = json.loads(content, parse_float=str)
    except ValueError as error:
        raise BadInput("This file is not valid JSON.") from error
    if isinstance(written, dict):
        written = written.get("payments")
    if not isinstance(written, list):
        raise BadInput("This file is not a list of payments.")
    return written


def _checked(wish: List, services: Services) -> Sequence[Line]:
    try:
        return check_list(wish, terms=services.terms)
    except BadLines as refusal:
        for fault in refusal.faults:
            click.echo(f"line {fault.line}: {fault.text}", err=True)
        raise


def _noted(batch: Batch, staff_id: UUID, action: str, services: Services) -> StaffAction:
    return StaffAction(
        staff_id=staff_id,
        at=services.clock.now(),
        action=action,
        subject=f"batch {batch.id}",
        after=f"{batch.line_count} payments, {batch.total}",
    )


def _watch(batch: Batch, services: Services) -> None:
    """Show how far a list is whenever that changes, until it has ended."""
    told = ""
    while True:
        with services.database.snapshot() as store:
            now = store.batches.get(batch.account_id, batch.id)
            progress = store.batches.progress(now)
        if told != (told := _told(now, progress)):
            click.echo(told)
        if progress.status(now) != "running":
            return
        time.sleep(LOOK_S)


def _told(batch: Batch, progress: Progress) -> str:
    made = progress.lines.get(LineState.MADE, 0)
    ended = [f"{count} {MEANINGS[state].status}" for state, count in progress.payments.items()]
    others = [f"{count} {state.value}" for state, count in progress.lines.items() if state is not LineState.MADE]
    details = ", ".join(sorted(others) + sorted(ended))
    paid_out = progress.paid_out.spoken
    return f"{progress.status(batch)}: {made} of {batch.line_count} made ({details}), {paid_out} paid out"


def _line(row: LineRow, batch: Batch) -> str:
    line, state = row.line, row.transfer_state
    became = MEANINGS[state].status if state else state_of(line, stopped=batch.stopped_at is not None).value
    why = REASONS[row.reason] if row.reason else line.refusal
    return f"{line.number:5}  {line.payee.masked}  {line.amount!s:>10}  {became:10}  {row.transfer_number or ''}  {why}"
