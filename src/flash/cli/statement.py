"""`flash statement`: whether a statement of account that somebody brings is as Flash made it."""

from pathlib import Path

import click

from flash.adapters import ed25519_seals
from flash.adapters.account_statements import FORMATS
from flash.cli.common import clear_words
from flash.cli.keys import opener_of
from flash.domain.account_statement import moment
from flash.settings import load
from flash.usecases.account_statements import check_statement


@click.group()
def statement() -> None:
    """Statements of account."""


@statement.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What /.well-known/flash-seal-keys.json said; without it the keys of the profile.",
)
@click.pass_obj
def check(ini: str, file: Path, keys: Path | None) -> None:
    """Check a statement (csv, xlsx or pdf); with a file of keys neither settings nor database are needed.

    A CSV or Excel file may have been saved again: its rows are checked. A PDF is checked to the byte.
    """
    written = FORMATS.get(file.suffix.lower().removeprefix("."))
    if written is None:
        raise click.ClickException(f"A statement ends in {', '.join(f'.{one}' for one in FORMATS)}.")
    with clear_words(), file.open("rb") as opened:
        open_seal = opener_of(keys) if keys else ed25519_seals.from_settings(load(ini)).opened
        facts = check_statement(opened, written, open_seal)
    click.echo(f"The statement is genuine: of the number that ends in {facts.last_digits},")
    click.echo(f"  {facts.first} to {facts.last}, as it was at {moment(facts.until)}, {facts.count} payments.")
    for word, (sent, fees, received) in (("Brought forward", facts.opening), ("Carried forward", facts.closing)):
        click.echo(f"  {word}: {sent.spoken} sent, {fees.spoken} in fees, {received.spoken} received.")
    if not written.whole:
        click.echo(
            "Only the dates, texts and figures of its eleven columns are sealed. How the file shows them is not."
        )
