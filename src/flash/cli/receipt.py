"""`flash receipt`: checks a receipt with the published keys alone."""

from pathlib import Path

import click

from flash.adapters import ed25519_seals
from flash.cli.common import clear_words
from flash.cli.keys import opener_of
from flash.domain.receipt import unpacked
from flash.domain.seal import bytes_of
from flash.domain.text import moment
from flash.domain.words import TITLES
from flash.settings import load


@click.group()
def receipt() -> None:
    """Receipts of payments."""


@receipt.command("check")
@click.argument("code")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What /.well-known/flash-seal-keys.json said; without it the keys of the profile.",
)
@click.pass_obj
def check(ini: str, code: str, keys: Path | None) -> None:
    """Check the code of a receipt; with a file of keys neither settings nor database are needed."""
    with clear_words():
        opened = opener_of(keys) if keys else ed25519_seals.from_settings(load(ini)).opened
        found = unpacked(opened(bytes_of(code)))
    click.echo("The code is genuine. When it was made, it said:")
    click.echo(f"  {TITLES[found.standing]}: {found.amount.spoken} to the number that ends in {found.last_digits}")
    click.echo(f"  {moment(found.at)}, {found.number}")
    click.echo("Whether that still holds, and whether it was shown before, only the page of the code can tell.")
