"""`flash audit` and `flash chain`: prove that nothing stored was touched, and that the money adds up."""

import sys
from pathlib import Path

import click

from flash.cli.common import with_settings
from flash.domain.chain import Broken, Head, as_line, heads_in
from flash.settings import Settings
from flash.usecases.audit import audit as audit_everything
from flash.usecases.chain import Chainer, verify_chains
from flash.wiring import build


@click.command()
@click.option(
    "--expect",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What an earlier audit printed, kept elsewhere: the chains must still say the same up to there.",
)
@with_settings
def audit(settings: Settings, expect: Path | None) -> None:
    """Prove over the whole database that nothing was touched and the money adds up; exit with 1 when it does not."""
    kept = _kept(expect)
    services = build(settings)
    with services.database.snapshot() as store:
        try:
            for head in verify_chains(store=store, clock=services.clock, kept=kept):
                click.echo(as_line(head))
        except Broken as error:
            click.echo(f"The chain is broken. {error}")
            sys.exit(1)
    found = False
    for line in audit_everything(unit_of_work=services.database.snapshot):
        click.echo(line)
        found = True
    if found:
        sys.exit(1)
    click.echo("The audit is clean.")


def _kept(expect: Path | None) -> list[Head]:
    if expect is None:
        return []
    kept = list(heads_in(expect.read_text()))
    if not kept:
        raise click.BadParameter("there is no line in it like an audit prints for each chain", param_hint="--expect")
    return kept


@click.command()
@with_settings
def chain(settings: Settings) -> None:
    """Link all new evidence and journal rows now, where no process does it in the background."""
    chainer, count = Chainer(build(settings).database.unit_of_work), 0
    while linked := chainer.chain_rows():
        count += linked
    click.echo(f"{count} rows were linked.")
