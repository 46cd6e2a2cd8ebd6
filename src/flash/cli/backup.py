"""`flash backup` and `flash restore`: copies of the database, kept elsewhere, and the way back."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from flash import safekeeping
from flash.adapters.age_envelopes import new_pair
from flash.cli.common import clear_words
from flash.cli.migrations import migrate_database
from flash.domain.backup import BackupTrouble, size_told
from flash.settings import Settings, load
from flash.usecases.backups import LATEST, Shelved, manifest_of, shelved
from flash.usecases.make_backup import make_backup
from flash.usecases.restore_backup import Wish, check_target, restore_backup, verify_backup

IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with the private key, for a backup that is encrypted; flash.backup_identity by default.",
)
AFTERWARDS = """Before web and workers are started again (docs/backups.md says why):
  1. flash chain, flash audit: nothing is astray.
  2. flash reconcile with the operators' statements since the backup: payments that are gone from our books are found,
     and what was given back since is held, so that no worker pays it out as well.
  3. Start workers, then web. Payments that were under way are asked about and finish."""


@click.group(invoke_without_command=True)
@click.pass_context
def backup(context: click.Context) -> None:
    """Make a backup of the database, and drop those that are kept no longer."""
    if context.invoked_subcommand:
        return
    with _said() as line:
        safe = safekeeping.from_settings(load(context.obj))
        made = make_backup(safe, line.show)
        manifest = made.manifest
        rows = sum(manifest.content.counts.values())
        kind = "encrypted" if manifest.encrypted else "NOT encrypted"
        line.end(f"{manifest.name}: {rows} rows, {size_told(manifest.size)}, {kind}, at {safe.shelf.place}")
        if made.removed:
            click.echo(f"{len(made.removed)} older ones are kept no longer.")


@backup.command("list")
@click.pass_obj
def list_backups(ini: str) -> None:
    """List all backups, the latest first."""
    with _said():
        safe = safekeeping.from_settings(load(ini))
        found = shelved(safe.shelf)
        for one in found:
            click.echo(_row(one, safe.clock.now()))
        if not found:
            click.echo(f"There is no backup at {safe.shelf.place}.")


@backup.command()
@click.argument("name", default=LATEST)
@IDENTITY
@click.pass_obj
def verify(ini: str, name: str, identity: Path | None) -> None:
    """Restore a backup on trial, beside the database, migrate and audit it; exit with 1 when something is amiss."""
    with _said() as line:
        settings = load(ini)
        safe, wish = safekeeping.from_settings(settings), _wish(settings, name, identity)
        verified = verify_backup(safe, wish, partial(migrate_database, ini), line.show)
        told = "it was restored on trial, holds what it should, and its audit is clean"
        line.end(f"{verified.name}: {told} ({verified.seconds} s).")


@backup.command()
@click.option(
    "--to",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file for the private key.",
)
def keygen(path: Path) -> None:
    """Make a pair of keys for backups. Keep the file away from the service, and more than one copy of it."""
    public, private = new_pair()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be made: {error.strerror}.") from error
    with os.fdopen(handle, "w") as file:
        file.write(f"# public key: {public}\n{private}\n")
    click.echo(f"flash.backup_recipient (BACKUP_RECIPIENT), for the service:\n{public}")


@click.command()
@click.argument("name")
@IDENTITY
@click.option("--replace", is_flag=True, help="Also where the database is not empty; it is kept under another name.")
@click.option("--yes", "confirmed", metavar="NAME", help="The database's name, for scripts; it is asked for otherwise.")
@click.pass_obj
def restore(ini: str, name: str, identity: Path | None, replace: bool, confirmed: str | None) -> None:
    """Put the backup NAME, or the latest one, in the place of the database."""
    with _said() as line:
        settings = load(ini)
        safe, wish = safekeeping.from_settings(settings), _wish(settings, name, identity)
        manifest = manifest_of(safe.shelf, name)
        check_target(safe, replace=replace)
        if replace:
            _confirm(safe.copier.name, confirmed, f"{manifest.name}, {_ago(manifest.made_at, safe.clock.now())} old")
        restored = restore_backup(safe, wish, partial(migrate_database, ini), line.show, replace=replace)
        line.end(f"{restored.manifest.name} is now the database {safe.copier.name}, migrated to this release.")
        if restored.kept_as:
            click.echo(f"What was there before is kept as {restored.kept_as}; drop it when all is well.")
        click.echo(AFTERWARDS)


def _confirm(database: str, confirmed: str | None, what: str) -> None:
    """Have somebody type the name of the database that is replaced."""
    typed = confirmed or click.prompt(f"{database} is replaced by {what}. Type its name to go on", err=True)
    if typed != database:
        raise BackupTrouble(f"The database is called {database}. Nothing was changed.")


def _wish(settings: Settings, name: str, identity: Path | None) -> Wish:
    return Wish(name, identity or safekeeping.identity_from_settings(settings))


def _row(one: Shelved, now: datetime) -> str:
    if one.manifest is None:
        return f"{one.name}  {_ago(one.at, now)} ago  UNFINISHED: it has no manifest"
    encrypted = "encrypted" if one.manifest.encrypted else "not encrypted"
    verified = f"verified {_ago(one.verified.at, now)} ago" if one.verified else "never verified"
    damaged = "" if one.good else "  DAMAGED: its file is missing or of another size"
    return f"{one.name}  {_ago(one.at, now)} ago  {size_told(one.manifest.size)}  {encrypted}  {verified}{damaged}"


def _ago(then: datetime, now: datetime) -> str:
    return str(timedelta(seconds=max(0, int((now - then).total_seconds()))))


class _Line:
    """One line that tells how far the work is, where somebody looks at a terminal; and its end, everywhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._began = datetime.now().astimezone()

    def show(self, told: str) -> None:
        """Tell how far it is, in the place of what was told before."""
        if self._live:
            click.echo(f"\r\x1b[K{told}, {_ago(self._began, datetime.now().astimezone())}", nl=False, err=True)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)

    def end(self, told: str) -> None:
        """Tell how it ended."""
        self.clear()
        click.echo(told)


@contextmanager
def _said() -> Iterator[_Line]:
    """Give a command its line, and turn trouble into one clear sentence."""
    line = _Line()
    with clear_words():
        try:
            yield line
        except BackupTrouble as error:
            line.clear()
            raise click.ClickException(str(error)) from error
