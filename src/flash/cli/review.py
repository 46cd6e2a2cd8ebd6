"""`flash review`: cases on the desk, and what two members of staff decide about them."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import click

from flash.cli.common import asked_password, with_settings
from flash.cli.show import told
from flash.domain.account import Staff
from flash.domain.leg import Kind
from flash.domain.review import Decision, Verdict, Wish
from flash.domain.transfer import State, Transfer
from flash.ports.reviews import DeskRow
from flash.ports.store import Store
from flash.settings import Settings
from flash.usecases import review as desk
from flash.wiring import Services, build

PAGE = 100

PHONE_NUMBER = re.compile(r"(?<!\d)((?:\+?(?:00)?260|0)?[579][567]\d)\d{3}(\d{3})(?!\d)")
"""A Zambian mobile number in a text that people wrote."""


@click.group()
def review() -> None:
    """Cases that two different members of staff have to decide."""


def as_staff(function: Callable[..., None]) -> Any:
    """Give a command the option --as, whose password it asks for or reads from standard input."""
    option = click.option("--as", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
    return option(function)


def _who(services: Services, email: str) -> Staff:
    return desk.who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )


@review.command("list")
@with_settings
def review_list(settings: Settings) -> None:
    """List the open cases, the oldest first, and which of them wait for an approval."""
    last, count = 0, 0
    with build(settings).database.snapshot() as store:
        while rows := store.reviews.desk(after=last, limit=PAGE):
            for row in rows:
                click.echo(_desk_line(row))
            last, count = rows[-1].filed.id, count + len(rows)
    click.echo(f"{count} open cases.")


def _desk_line(row: DeskRow) -> str:
    case = row.filed.case
    waits = "  waits for approval" if row.proposal_id else ""
    return f"{row.filed.id:5}  {case.at:%Y-%m-%d %H:%M}  {row.number}  {row.state:<10} {case.cause}{waits}"


@review.command("show")
@click.argument("case_id", metavar="CASE", type=int)
@with_settings
def review_show(settings: Settings, case_id: int) -> None:
    """Show a case, what was proposed about it, and everything about its transfer."""
    services = build(settings)
    with services.database.snapshot() as store:
        for line in _told_case(case_id, store, services):
            click.echo(line)


def _told_case(case_id: int, store: Store, services: Services) -> Iterator[str]:
    filed = store.reviews.case(case_id)
    closed = f", closed {filed.closed_at:%Y-%m-%d %H:%M:%S}" if filed.closed_at else ""
    yield f"case {filed.id}: {filed.case.cause}, {_masked(filed.case.detail)}"
    yield f"  about leg {filed.case.reference}, opened {filed.case.at:%Y-%m-%d %H:%M:%S}{closed}"
    for decision in store.reviews.decisions(case_id):
        yield from _told_decision(decision, store)
    yield from told(store.transfers.file(str(filed.transfer_id)), services.clock.now(), services.patience)


def _told_decision(decision: Decision, store: Store) -> Iterator[str]:
    proposer = store.accounts.staff_member(decision.proposed_by).email
    yield f"{decision.standing} {decision.id}"
    about = f" for leg {decision.reference}" if decision.reference else ""
    under = f", operator's id {decision.operator_id}" if decision.operator_id else ""
    yield f"  {decision.verdict}{about}{under}"
    yield f"  reason: {_masked(decision.reason)}"
    if decision.evidence:
        yield f"  evidence: {_masked(decision.evidence)}"
    yield f"  proposed by {proposer}, {decision.proposed_at:%Y-%m-%d %H:%M:%S}"
    if decision.decided_by and decision.decided_at:
        decider = store.accounts.staff_member(decision.decided_by).email
        yield f"  {decision.standing} by {decider}, {decision.decided_at:%Y-%m-%d %H:%M:%S}"


def _masked(text: str) -> str:
    return PHONE_NUMBER.sub(r"\1***\2", text)


@review.command("propose")
@click.argument("case_id", metavar="CASE", type=int)
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
@click.option("--reason", required=True, help="Why.")
@click.option("--evidence", default="", help="What it rests on: a line of a statement, who said what and when.")
@click.option("--operator-id", default="", help="The operator's id of the money that moved; for settled.")
@click.option("--leg", type=click.Choice([kind.value for kind in Kind]), help="Another leg than the one it is about.")
@as_staff
@with_settings
def review_propose(settings: Settings, case_id: int, verdict: str, leg: str | None, email: str, **words: str) -> None:
    """Propose what becomes of a case; another member of staff has to approve it."""
    services = build(settings)
    member = _who(services, email)
    wish = Wish(verdict=Verdict(verdict), kind=Kind(leg) if leg else None, **words)
    with services.database.unit_of_work() as store:
        decision = desk.propose(case_id, wish, member, store=store, clock=services.clock, chance=services.chance)
    click.echo(f"Proposed. Another person approves it with: flash review approve {decision.id}")


@review.command("approve")
@click.argument("decision_id", metavar="PROPOSAL", type=click.UUID)
@as_staff
@with_settings
def review_approve(settings: Settings, decision_id: UUID, email: str) -> None:
    """Approve what another member of staff proposed; from then on it holds."""
    services = build(settings)
    member = _who(services, email)
    with services.database.unit_of_work() as store:
        after = desk.approve(decision_id, member, store=store, clock=services.clock, patience=services.patience)
    click.echo(f"Approved. {_what_now(after)}")


def _what_now(transfer: Transfer) -> str:
    held = " still: flash review list says what else has to be decided" if transfer.state is State.IN_REVIEW else ""
    return f"{transfer.number} is {transfer.state}{held}."


@review.command("reject")
@click.argument("decision_id", metavar="PROPOSAL", type=click.UUID)
@as_staff
@with_settings
def review_reject(settings: Settings, decision_id: UUID, email: str) -> None:
    """Drop a proposal, your own or another's; the case stays open for a better one."""
    services = build(settings)
    member = _who(services, email)
    with services.database.unit_of_work() as store:
        desk.reject(decision_id, member, store=store, clock=services.clock)
    click.echo("Rejected. The case is still open.")
