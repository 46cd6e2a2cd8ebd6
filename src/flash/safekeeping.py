"""Which adapter serves which port of the backups, by the settings. A service starts without any of it."""

import importlib.util
from functools import partial
from importlib.metadata import version
from pathlib import Path

from flash.adapters.age_envelopes import AgeEnvelopes
from flash.adapters.backup_folder import FolderShelf
from flash.adapters.sql.postgres_copies import PostgresCopies
from flash.adapters.sql.sqlite_copies import SqliteCopies
from flash.adapters.system_clock import SystemClock
from flash.adapters.workroom import workroom
from flash.domain.backup import parse_keep
from flash.ports.backups import Copier, Shelf
from flash.settings import Reader, Settings
from flash.usecases.make_backup import Safekeeping
from flash.wiring import database_url

S3 = "s3://"


def from_settings(settings: Settings) -> Safekeeping:
    """Build what `flash.backup_*` describes.

    Raises:
        BadSettings: something of it is missing or wrong.
    """
    with settings.reading() as read:
        url = read("sqlalchemy.url", database_url)
        keep = read("flash.backup_keep", parse_keep) if _optional(read, "flash.backup_keep") else None
        recipient = _optional(read, "flash.backup_recipient")
        shelf = read.part(partial(shelf_from_settings, settings))
        trial = read("flash.backup_trial", database_url) if _optional(read, "flash.backup_trial") else None
        programs = _optional(read, "flash.postgres_programs")
    return Safekeeping(
        copier=_copier(url, trial, Path(programs) if programs else None),
        shelf=shelf,
        envelope=AgeEnvelopes(),
        clock=SystemClock(),
        recipient=recipient,
        keep=keep,
        release=version("flash-payments"),
    )


def shelf_from_settings(settings: Settings) -> Shelf:
    """Build the place where backups lie.

    Raises:
        BadSettings: none is named, or it cannot be used.
    """
    with settings.reading() as read:
        place = read("flash.backup_to", str)
        if place and place.startswith(S3) and importlib.util.find_spec("boto3") is None:
            read.problem("flash.backup_to", "needs boto3: pip install flash-payments[s3]")
    if place.startswith(S3):
        from flash.adapters import backup_s3  # noqa: PLC0415 - boto3 is an extra

        return backup_s3.from_settings(settings, place)
    return FolderShelf(Path(place))


def identity_from_settings(settings: Settings) -> Path | None:
    """Return the file with the private key, where the settings name one."""
    with settings.reading() as read:
        path = _optional(read, "flash.backup_identity")
    return Path(path) if path else None


def is_kept(settings: Settings) -> bool:
    """Whether backups are to be made at all."""
    with settings.reading() as read:
        return bool(_optional(read, "flash.backup_to"))


def _optional(read: Reader, key: str) -> str:
    return (read(key, str, " ") or "").strip()


def _copier(url: str, trial: str | None, programs: Path | None) -> Copier:
    if url.startswith("sqlite"):
        return SqliteCopies(url, workroom)
    return PostgresCopies(url, programs=programs, trial=trial)
