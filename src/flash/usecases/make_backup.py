"""Make a backup: copy the database, look whether the copy is good, put it away, and drop what is kept no longer."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flash.domain.backup import MANIFEST, VERIFIED, BackupTrouble, Keep, Manifest, a_name, size_told, superseded
from flash.ports.backups import Copier, Envelope, Progress, Shelf
from flash.ports.clock import Clock
from flash.usecases.backups import Shelved, shelved

UNFINISHED = timedelta(days=1)
"""What is so old and has no manifest will never get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Safekeeping:
    """What making and restoring backups takes.

    Attributes:
        recipient: the public key for which they are encrypted; empty for not at all.
        keep: how many are kept; None for all.
        release: of Flash.
    """

    copier: Copier
    shelf: Shelf
    envelope: Envelope
    clock: Clock
    recipient: str
    keep: Keep | None
    release: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup came to, and which older ones are gone."""

    manifest: Manifest
    removed: Sequence[str]


def make_backup(safe: Safekeeping, progress: Progress) -> Made:
    """Make a backup. Those that are there stay as they are until it is there whole.

    Raises:
        BackupTrouble: it cannot be made; nothing is left of it.
    """
    with safe.copier.alone(), disk_told(), safe.shelf.workroom() as room:
        at = safe.clock.now()
        plain, sealed = room / "copy", room / "sealed"
        content = safe.copier.copy(plain, progress)
        progress("checking")
        safe.copier.check(plain)
        if safe.recipient:
            progress("encrypting")
            safe.envelope.seal(plain, sealed, safe.recipient)
            plain.unlink()
        path = sealed if safe.recipient else plain
        manifest = Manifest(
            name=a_name(at),
            made_at=at,
            release=safe.release,
            kind=safe.copier.kind,
            made_by=safe.copier.made_by(),
            size=path.stat().st_size,
            sha256=digest_of(path),
            recipient=safe.recipient,
            content=content,
        )
        _put_away(safe.shelf, manifest, path, progress)
        return Made(manifest, _prune(safe) if safe.keep else [])


def _put_away(shelf: Shelf, manifest: Manifest, path: Path, progress: Progress) -> None:
    """Put the file, look whether it arrived, and then the manifest, with which it becomes a backup."""
    shelf.put(manifest.file, path, progress)
    arrived = shelf.files().get(manifest.file)
    if arrived != manifest.size:
        raise BackupTrouble(f"{size_told(manifest.size)} were put away, and {size_told(arrived or 0)} are there.")
    shelf.write(f"{manifest.name}{MANIFEST}", manifest.as_json())


def _prune(safe: Safekeeping) -> Sequence[str]:
    """Remove backups that are kept no longer. Damaged ones count for nothing and are left to a person."""
    if safe.keep is None:
        return []
    found = shelved(safe.shelf)
    tried = max((one for one in found if one.verified), key=_tried_at, default=None)
    good = {one.name: one.at for one in found if one.good}
    gone = superseded(good, safe.keep, never=[tried.name] if tried else [])
    old = safe.clock.now() - UNFINISHED
    gone += [one.name for one in found if one.manifest is None and one.at < old and not _has_manifest(safe, one)]
    for name in gone:
        _remove(safe.shelf, name)
    return gone


def _tried_at(one: Shelved) -> float:
    return one.verified.at.timestamp() if one.verified else 0


def _has_manifest(safe: Safekeeping, one: Shelved) -> bool:
    """Whether it has one that cannot be read: then somebody did something to it, and a person should see that."""
    return f"{one.name}{MANIFEST}" in safe.shelf.files()


def _remove(shelf: Shelf, name: str) -> None:
    """Remove a backup, the manifest first: without it, what is left counts for nothing."""
    ours = sorted(file for file in shelf.files() if file.startswith(f"{name}."))
    for file in sorted(ours, key=lambda file: not file.endswith((MANIFEST, VERIFIED))):
        shelf.remove(file)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_told() -> Iterator[None]:
    """Turn what the disk refuses into one sentence."""
    try:
        yield
    except OSError as error:
        raise BackupTrouble(f"The disk refuses ({error.strerror}). Nothing was changed.") from error
