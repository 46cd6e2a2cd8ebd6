"""`flash reconcile` and `flash close-day`: the operators' books next to ours."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from flash.adapters import statement_csv
from flash.cli.common import with_settings
from flash.domain.day_close import Seal
from flash.domain.limits import LUSAKA
from flash.domain.money import Money, parse_money
from flash.domain.reconcile import Agreed, Difference
from flash.domain.routing import Operator
from flash.domain.statement import Line, Overview, Statement, Unreadable
from flash.settings import Settings
from flash.usecases.close_day import close_days, verify_days
from flash.usecases.reconcile import Balance, Desk, Finding, compare_balances
from flash.usecases.reconcile import reconcile as reconcile_statement
from flash.wiring import Services, build

OPENING = "What a wallet holds beside the journal: what was paid in and taken out by staff. NAME=AMOUNT, repeatable."


@click.command()
@click.option("--operator", type=click.Choice([operator.value for operator in Operator]), help="Whose statement it is.")
@click.option(
    "--statement",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file; several make one statement, like yesterday's and today's.",
)
@click.option("--opening", "openings", multiple=True, metavar="NAME=AMOUNT", help=OPENING)
@with_settings
def reconcile(settings: Settings, operator: str | None, files: tuple[Path, ...], openings: tuple[str, ...]) -> None:
    """Compare an operator's statement with our legs; without a file, its balance with the journal.

    Exits with 1 when something waits for a person, or cannot be compared.
    """
    if bool(operator) != bool(files):
        raise click.UsageError("--operator and --statement belong together.")
    services = build(settings)
    if operator:
        good = _statement(settings, services, Operator(operator), files)
    else:
        good = _balances(settings, services, _openings(openings))
    if not good:
        sys.exit(1)


def _statement(settings: Settings, services: Services, operator: Operator, files: tuple[Path, ...]) -> bool:
    layout, fees, _ = statement_csv.from_settings(settings, operator)
    desk = Desk(
        unit_of_work=services.database.unit_of_work,
        clock=services.clock,
        patience=services.patience,
        agreed=Agreed(operator, fees),
    )
    statement = _joined([statement_csv.open_statement(path, layout) for path in files])
    overview = Overview.of(statement())
    click.echo(_about(operator, overview))
    counts: Counter[tuple[str, str]] = Counter()
    good = True
    for finding in reconcile_statement(statement, overview, desk):
        click.echo(_told(finding))
        counts[finding.difference.cls, finding.became] += 1
        good = good and finding.is_done
    for (cls, became), count in sorted(counts.items()):
        click.echo(f"{count:7} {cls}: {became}")
    if overview.unreadable:
        click.echo(f"{overview.unreadable} lines could not be read: nothing was healed, and nothing counts as missing.")
    if not counts:
        click.echo("No difference.")
    return good


def _joined(statements: list[Statement]) -> Statement:
    def read() -> Iterator[Line | Unreadable]:
        for statement in statements:
            yield from statement()

    return read


def _about(operator: Operator, overview: Overview) -> str:
    if overview.first is None or overview.last is None:
        return f"{operator.brand}: {overview.lines} lines, none with a time."
    return f"{operator.brand}: {overview.lines} lines from {_when(overview.first)} to {_when(overview.last)}."


def _told(finding: Finding) -> str:
    """Return a finding as one line; numbers that may belong to people are masked."""
    difference = finding.difference
    place = f"line {difference.line.number}" if difference.line else "no line"
    return f"{finding.became}: {difference.cls}, {place}, {_subject(difference)}{difference.detail}, {_age(difference)}"


def _subject(difference: Difference) -> str:
    if difference.counterpart is not None:
        return f"{difference.counterpart.number}, "
    if difference.reference is not None:
        return f"{difference.reference}, "
    named = difference.line.operator_id if isinstance(difference.line, Line) else ""
    return f"{re.sub(r'[^!-~]', '?', named)[:64]}, " if named else ""


def _age(difference: Difference) -> str:
    return f"{timedelta(seconds=int(difference.age.total_seconds()))} old"


def _when(at: datetime) -> str:
    return f"{at.astimezone(LUSAKA):%Y-%m-%d %H:%M:%S}"


def _balances(settings: Settings, services: Services, openings: Mapping[Operator, Money]) -> bool:
    wallets = {operator: statement_csv.from_settings(settings, operator)[2] for operator in services.operators}
    good = True
    compared = compare_balances(services.operators, wallets, openings, snapshot=services.database.snapshot)
    for balance in compared:
        click.echo(_balance_told(balance))
        good = good and balance.agrees
    return good


def _balance_told(balance: Balance) -> str:
    name = balance.operator.brand
    if balance.told is None:
        return f"BAD {name} does not tell what our wallet holds."
    holds = f"{name} holds {balance.told.spoken}"
    if balance.opening is None:
        beside = balance.told - balance.journal
        told = f"BAD {holds}, the journal says {balance.journal.spoken}, and nobody told what was paid in."
        return f"{told} If it was {beside.spoken}: --opening {balance.operator}={beside}"
    expected = balance.opening + balance.journal
    if balance.gap.minor == 0:
        return f"ok  {holds}; {expected.spoken} is expected, but for what is under way."
    more = f"{balance.gap.spoken} more" if balance.gap.minor > 0 else f"{(-balance.gap).spoken} less"
    return f"BAD {holds}, which is {more} than anything explains; {expected.spoken} is expected."


@click.command("close-day")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The last day to close; yesterday by default.")
@click.option("--verify", is_flag=True, help="Prove that no closed day was changed since, and close none.")
@click.option("--opening", "openings", multiple=True, metavar="NAME=AMOUNT", help=OPENING)
@with_settings
def close_day(settings: Settings, day: datetime | None, verify: bool, openings: tuple[str, ...]) -> None:
    """Sign what each local day came to, up to a day, so that a later change of the past shows."""
    services = build(settings)
    seal = Seal.of(services.secret)
    if verify:
        _verify(services, seal)
        return
    nothing = True
    for close in close_days(
        day.date() if day else None,
        _openings(openings),
        snapshot=services.database.snapshot,
        unit_of_work=services.database.unit_of_work,
        clock=services.clock,
        seal=seal,
    ):
        nothing = False
        click.echo(f"{close.day} was closed: {close.digest}")
    if nothing:
        click.echo("Nothing is left to be closed.")


def _verify(services: Services, seal: Seal) -> None:
    last: date | None = None
    digest = ""
    for close, told in verify_days(snapshot=services.database.snapshot, seal=seal):
        if told:
            click.echo(f"{close.day}: {told}")
            sys.exit(1)
        last, digest = close.day, close.digest
    click.echo(f"All days up to {last} are as they were closed: {digest}" if last else "No day was closed yet.")


def _openings(texts: tuple[str, ...]) -> dict[Operator, Money]:
    found: dict[Operator, Money] = {}
    for text in texts:
        name, _, amount = text.partition("=")
        if name not in set(Operator):
            raise click.BadParameter(f"{name} is no operator", param_hint="--opening")
        found[Operator(name)] = parse_money(amount)
    return found
